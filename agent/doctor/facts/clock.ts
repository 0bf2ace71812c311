// The clocks of this machine -> whether the time is right, who sets it, and whether it outlives a power cut.

import { stat } from 'node:fs/promises';
import { namesIn } from '#common/kernel-files.js';
import { packageFile } from '#common/package.js';
import { askSynchronised } from '../../messaging/outbox/machine-clock.js';
import { outputOf } from './output.js';

export interface ClockFacts {
  readonly nowMs: number;
  /** When this program was written to the disk: no clock that is right shows an earlier time. */
  readonly programMs: number;
  /** Somebody who knows says that it has been set. */
  readonly isSynchronised: boolean;
  /** timedated's own words; nothing where it does not run. */
  readonly ntp?: { readonly isOn: boolean; readonly isPossible: boolean };
  /** Programs that set clocks and are installed. */
  readonly setters: readonly string[];
  /** A clock with a battery. */
  readonly hasBatteryClock: boolean;
  readonly isVirtual: boolean;
}

const SETTERS = ['systemd-timesyncd', 'chrony', 'ntpsec', 'ntp', 'openntpd'];

export async function readClock(isVirtual: boolean, signal: AbortSignal): Promise<ClockFacts> {
  const [program, said, installed, clocks, isSynchronised] = await Promise.all([
    stat(packageFile('package.json')),
    outputOf(signal, 'timedatectl', 'show', '--property=NTP,CanNTP'),
    outputOf(signal, 'dpkg-query', '-W', '-f', `\${Status} \${Package}\n`, ...SETTERS),
    namesIn('/sys/class/rtc', /^rtc\d+$/),
    askSynchronised(signal),
  ]);
  const ntp = said?.includes('NTP=') && {
    isOn: /^NTP=yes$/m.test(said),
    isPossible: /^CanNTP=yes$/m.test(said),
  };
  return {
    nowMs: Date.now(),
    programMs: program.mtimeMs,
    isSynchronised,
    ...(ntp && { ntp }),
    setters: SETTERS.filter((name) => installed?.includes(`install ok installed ${name}\n`)),
    hasBatteryClock: clocks.length > 0,
    isVirtual,
  };
}
