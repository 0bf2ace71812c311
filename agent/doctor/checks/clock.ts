// The clock and who sets it -> findings. Pure.

import type { ClockFacts } from '../facts/clock.js';
import { error, type Finding, note, ok, warning } from '../finding.js';

export function judgeClock(facts: ClockFacts): Finding[] {
  return [judgeTime(facts), ...judgeBattery(facts)];
}

function judgeTime({ nowMs, programMs, isSynchronised, ntp, setters, isVirtual }: ClockFacts): Finding {
  const id = 'clock.time';
  const time = new Date(nowMs).toISOString();
  const expected =
    'a clock that is set from the network: times of events, certificates and retained messages go by it';
  const wake = ntp?.isPossible
    ? ({ run: ['timedatectl', 'set-ntp', 'true'], asRoot: true } as const)
    : setters.length === 0
      ? ({ install: ['systemd-timesyncd'] } as const)
      : `look why ${setters.join(', ')} has not set it: timedatectl timesync-status, chronyc tracking`;
  // A disk that was written on a machine whose clock was a little ahead is no fault.
  if (nowMs < programMs - 86_400_000)
    return error(id, `${time}, and this program is newer than that`, expected, wake);
  if (isSynchronised) return ok(id, `${time}, synchronised`);
  if (ntp?.isOn && ntp.isPossible)
    return warning(
      id,
      `${time}, synchronisation is on and has not succeeded`,
      expected,
      'timedatectl timesync-status; look whether UDP port 123 is let through',
    );
  // Its host sets it, and in a container nobody else may.
  if (isVirtual && setters.length === 0)
    return note(id, `${time}, set by nobody that can be asked: a virtual machine has its host's`);
  return warning(id, `${time}, not synchronised`, expected, wake);
}

function judgeBattery({ hasBatteryClock, isVirtual }: ClockFacts): Finding[] {
  if (hasBatteryClock || isVirtual) return [];
  return [
    note(
      'clock.battery',
      'no clock with a battery (/sys/class/rtc)',
      'one, or a network at each start',
      'events of a start without network are kept with the time since the start; add a battery clock where that matters',
    ),
  ];
}
