// systemd -> the agents that it runs on this machine, what each is at, and their last words.

import { expected } from '#common/errors.js';
import { type Before, beforeOf, type Look } from './healthy.js';
import { lastLines, run } from './program.js';

/** The agent of /etc/cspcam/cspcam.yaml and those beside it. */
const UNITS = ['cspcam.service', 'cspcam@*.service'];
const PROPERTIES = ['ActiveState', 'Job', 'NRestarts', 'MainPID', 'StatusText'];
const LAST_LINES = 20;

export async function runningUnits(): Promise<Before[]> {
  const states = '--state=active,reloading';
  const { out } = await run('systemctl', ['list-units', '--plain', '--no-legend', states, ...UNITS]);
  const names = out.split('\n').flatMap((line) => line.trim().split(/\s+/, 1).filter(Boolean));
  const found = await Promise.all(names.map(async (name) => beforeOf(name, await lookAt(name))));
  return found.filter((before) => before !== undefined);
}

export async function lookAt(unit: string): Promise<Look> {
  const { out } = await run('systemctl', ['show', unit, `--property=${PROPERTIES.join(',')}`]);
  const of = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(out)?.[1] ?? '';
  // While a machine starts, it may wait for the network for minutes.
  const isQueued = of('ActiveState') === 'inactive' && Number(of('Job')) > 0;
  return {
    activeState: isQueued ? 'activating' : of('ActiveState'),
    restarts: Number(of('NRestarts')),
    pid: Number(of('MainPID')),
    words: of('StatusText'),
  };
}

/** Restarts that were before are none of what is watched from now on. */
export async function forgetRestarts(units: readonly Before[]): Promise<void> {
  for (const { unit } of units) await run('systemctl', ['reset-failed', unit]);
}

/** @param since seconds since 1970 */
export async function lastWords(unit: string, since: number): Promise<string[]> {
  await run('journalctl', ['--sync']);
  const of = [`--since=@${Math.floor(since)}`, `--unit=${unit}`];
  // With a beginning, `--lines` would give the first ones.
  const how = ['--quiet', '--no-pager', '--output=cat'];
  return lastLines({ out: (await run('journalctl', [...how, ...of])).out, err: '' }, LAST_LINES);
}

/** @throws CspcamError */
export async function systemctl(...args: readonly string[]): Promise<void> {
  const ended = await run('systemctl', args);
  if (ended.code !== 0)
    throw expected('an end', `systemctl ${args.join(' ')}`, lastLines(ended, 1).join('') || 'a failure');
}
