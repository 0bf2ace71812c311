// A unit in a booted root -> what systemd says of it, what its journal has, and what becomes of it when it is harmed.

import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { BootedRoot } from './booted-root.js';

const LOOK_EVERY_MS = 200;

export const now = () => performance.now() / 1000;

/** Looks until it holds; vitest's time limit ends what never does. @returns seconds */
export async function until(holds: () => Promise<boolean>): Promise<number> {
  const begun = now();
  while (!(await holds())) await wait(LOOK_EVERY_MS);
  return now() - begun;
}

/** What was seen, for a table at the end; times are facts, and nothing that a test asserts. */
export class Sightings {
  readonly #all: { what: string; seconds: number | undefined; words: string }[] = [];

  note(what: string, seconds: number | undefined, words: string): void {
    this.#all.push({ what, seconds, words });
  }

  print(title: string): void {
    const width = Math.max(0, ...this.#all.map(({ what }) => what.length));
    const lines = this.#all.map(
      ({ what, seconds, words }) =>
        `${what.padEnd(width)}  ${(seconds?.toFixed(1) ?? '').padStart(6)}  ${words}\n`,
    );
    process.stdout.write(`${title}\n${lines.join('')}`);
  }
}

export class BootedService {
  constructor(
    readonly machine: BootedRoot,
    readonly unit = 'cspcam.service',
  ) {}

  show = (property: string) => this.machine.do(`systemctl show --value --property ${property} ${this.unit}`);
  state = () => this.show('ActiveState');
  words = () => this.show('StatusText');
  pid = () => this.show('MainPID');

  /** @param since as `clock` gives it */
  journal = (since: string) =>
    this.machine.do(
      `journalctl --sync; journalctl --quiet --output=cat --since=@${since} --unit=${this.unit}`,
    );
  clock = () => this.machine.do('date +%s');

  /** Another process than before, and ready: in this order, as the state is that of the former one for a moment. */
  async isActiveAs(otherThan: string): Promise<boolean> {
    const daemon = await this.pid();
    return daemon !== '0' && daemon !== otherThan && (await this.state()) === 'active';
  }

  /** @returns process ids of its captures, by camera */
  async captures(): Promise<Record<string, string>> {
    // A capture's last argument is its camera's id.
    const list = `pgrep --parent ${await this.pid()} --full --list-full capture/child.js`;
    const { out } = await this.machine.run(list);
    const lines = out.trim().split('\n').filter(Boolean);
    return Object.fromEntries(lines.map((line) => [line.split(' ').at(-1)!, line.split(' ')[0]!]));
  }
}

export async function startsAgainWhenKilled(service: BootedService, seen: Sightings): Promise<void> {
  const before = await service.pid();
  await service.machine.do(`kill -KILL ${before}`);
  const seconds = await until(() => service.isActiveAs(before));
  seen.note('kill -9 until active', seconds, `restarts: ${await service.show('NRestarts')}`);
}

export async function isKilledByTheWatchdogWhenStopped(
  service: BootedService,
  seen: Sightings,
): Promise<void> {
  await until(async () => /frames\/s/.test(await service.words()));
  const before = await service.pid();
  const since = await service.clock();
  await service.machine.do(`kill -STOP ${before}`);
  const seconds = await until(() => service.isActiveAs(before));
  expect(await service.journal(since)).toContain('Watchdog timeout');
  const restarts = await service.show('NRestarts');
  seen.note('SIGSTOP of the daemon until active', seconds, `result: watchdog; restarts: ${restarts}`);
}

export interface Reload {
  /** Write the file of the unit, whole. */
  readonly write: () => Promise<void>;
  /** What the log says of it. */
  readonly says: string;
}

/**
 * @param taken a file that changes one camera and leaves `unchanged` as it is
 * @param refused a file that cannot run
 */
export async function reloads(
  service: BootedService,
  seen: Sightings,
  {
    unchanged,
    changed,
    taken,
    refused,
  }: Record<'unchanged' | 'changed', string> & Record<'taken' | 'refused', Reload>,
): Promise<void> {
  const { machine, unit } = service;
  const reload = async ({ write, says }: Reload) => {
    const since = await service.clock();
    await write();
    const begun = now();
    await machine.do(`systemctl reload ${unit}`);
    await until(async () => (await service.journal(since)).includes(says));
    return now() - begun;
  };
  const pair = async () => {
    const captures = await service.captures();
    return [captures[unchanged], captures[changed]];
  };
  await until(async () => !(await pair()).includes(undefined));
  const daemon = await service.pid();
  const before = await pair();

  const seconds = await reload(taken);
  await until(async () => ![before[1], undefined].includes((await pair())[1]));
  await until(async () => (await service.state()) === 'active');
  const after = await pair();
  expect([await service.pid(), after[0]]).toEqual([daemon, before[0]]);
  seen.note('systemctl reload until the log says what was done', seconds, taken.says);

  const since = await service.clock();
  const refusedAfter = await reload(refused);
  await until(async () => (await service.words()).includes('configuration refused'));
  const words = await service.words();
  expect(words).toContain(refused.says);
  expect([await service.state(), await service.pid()]).toEqual(['active', daemon]);
  expect(await pair(), await service.journal(since)).toEqual(after);
  seen.note('the same with a file that cannot run', refusedAfter, words);
}

export async function stopsWhole(service: BootedService, seen: Sightings): Promise<void> {
  expect(await service.state()).toBe('active');
  const begun = now();
  await service.machine.do(`systemctl stop ${service.unit}`);
  const seconds = now() - begun;
  // A process that had to be killed for its slowness would make it `timeout`.
  expect(await service.show('Result')).toBe('success');
  expect((await service.machine.run('pgrep --euid cspcam')).out).toBe('');
  expect(await service.machine.do('mosquitto_sub -W 10 -C 1 -t cspcam/porch/state')).toContain('"offline"');
  seen.note('systemctl stop', seconds, `result: ${await service.show('Result')}`);
}
