// What the agent was called in earlier runs -> what it left retained under those names, cleared.

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '#common/make-folder.js';
import { writeWhole } from '#common/write-file.js';
import type { Config } from '../config/schema.js';
import type { Incoming } from './broker/client.js';
import { discoveryTopic } from './home-assistant/discovery.js';
import type { Publisher } from './publisher.js';
import { retainedFilters, topicOf } from './topics.js';

/** Everything that topics are made of. */
const names = z.object({
  base: z.string(),
  device: z.string(),
  prefix: z.string(),
  cameras: z.array(z.string()),
  /** Of the last runs under these names: by its boot id the agent knows a message for its own. */
  bootIds: z.array(z.string()),
  /** When the agent was first seen under others; milliseconds since 1970. */
  renamedAtMs: z.number().optional(),
});
type Names = z.output<typeof names>;

/** Of the last run, and before; the newest first. */
const file = z.object({ names: z.array(names).max(100) });

export interface FormerNamesOptions {
  readonly config: Pick<Config, 'device' | 'mqtt' | 'cameras'>;
  readonly bootId: string;
  /** In the folder for what must survive a restart, which belongs to one agent. */
  readonly file: string;
  /** Where the same run has remembered its names until now, if elsewhere. */
  readonly earlierFile?: string;
  readonly retained: Pick<Publisher, 'hasRetained' | 'clearRetained'>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly onCleared: (topic: string) => void;
}

const MOST_NAMES = 8;
const MOST_BOOT_IDS = 20;
/** Every broker that will be reached has been reached by then. */
const LONGEST_MS = 7 * 86_400_000;

/**
 * A device that was renamed may have a successor under its old name, which nobody must clear: what is below the old
 * names is taken for the agent's own where `state` there has the boot id of one of its runs, and says offline.
 */
export class FormerNames {
  /** Topics whose retained messages are to be read. */
  readonly keptFilters: readonly string[];
  readonly #options: FormerNamesOptions;
  readonly #now: Names;
  readonly #former: readonly Names[];
  /** Found, and not known yet whose it is. */
  readonly #found = new Map<Names, Set<string>>();
  readonly #own = new Set<Names>();

  constructor(options: FormerNamesOptions) {
    this.#options = options;
    const { config, bootId } = options;
    const { base, homeAssistant } = config.mqtt;
    const before = [
      ...remembered(options.file),
      ...(options.earlierFile === undefined ? [] : remembered(options.earlierFile)),
    ];
    const now = { base, device: config.device, prefix: homeAssistant.prefix };
    const same = before.find((one) => isSame(one, now));
    const nowMs = options.nowMs();
    this.#former = before
      .filter((one) => one !== same)
      .map((one) => ({ ...one, renamedAtMs: one.renamedAtMs ?? nowMs }))
      .filter(({ renamedAtMs }) => nowMs - renamedAtMs < LONGEST_MS)
      .slice(0, MOST_NAMES);
    this.#now = {
      ...now,
      cameras: Object.keys(config.cameras),
      bootIds: [...new Set([bootId, ...(same?.bootIds ?? [])])].slice(0, MOST_BOOT_IDS),
    };
    this.keptFilters = [
      ...new Set(this.#former.flatMap((one) => [...discoveryTopics(one), ...stateFilters(one, now)])),
    ];
  }

  /** Remembers the names of this run; a disk that takes nothing costs the clearing. */
  async remember(): Promise<void> {
    const { file: path } = this.#options;
    const known = [this.#now, ...this.#former];
    await makeFolder(dirname(path), { mode: 0o700 })
      .then(() => writeWhole(path, JSON.stringify({ names: known })))
      .catch(() => {});
  }

  /** Messages on other topics are passed over. Never throws. */
  onMessage({ topic, payload, retained }: Incoming): void {
    if (!retained || payload.byteLength === 0) return;
    for (const one of this.#former) {
      const isState = topic.startsWith(`${one.base}/${one.device}/`) && !isSameDevice(one, this.#now);
      const isDiscovery = discoveryTopics(one).includes(topic) && payload.includes(`"${stateTopic(one)}"`);
      if (!(isState || isDiscovery)) continue;
      this.#found.set(one, (this.#found.get(one) ?? new Set()).add(topic));
      if (isSameDevice(one, this.#now) || (topic === stateTopic(one) && isLeftBy(payload, one)))
        this.#own.add(one);
      if (this.#own.has(one)) this.#clear(one);
    }
  }

  #clear(one: Names): void {
    const { retained, onCleared } = this.#options;
    const topics = this.#found.get(one) ?? [];
    this.#found.delete(one);
    for (const topic of topics) {
      if (retained.hasRetained(topic)) continue;
      retained.clearRetained(topic);
      onCleared(topic);
    }
  }
}

type Called = Pick<Names, 'base' | 'device' | 'prefix'>;

function isSameDevice(a: Called, b: Called): boolean {
  return a.base === b.base && a.device === b.device;
}

function isSame(a: Called, b: Called): boolean {
  return isSameDevice(a, b) && a.prefix === b.prefix;
}

function stateTopic({ base, device }: Called): string {
  return topicOf(base, device, 'state', {});
}

/**
 * With another prefix alone, they are those of this run. What tells whose they are comes last, and is cleared last: an
 * end in between leaves nothing that is not found again.
 */
function stateFilters(one: Called, now: Called): string[] {
  if (isSameDevice(one, now)) return [];
  const state = stateTopic(one);
  return [...retainedFilters(one.base, one.device).filter((filter) => filter !== state), state];
}

function discoveryTopics({ prefix, device, cameras }: Names): string[] {
  return [undefined, ...cameras].map((camera) => discoveryTopic(prefix, device, camera));
}

function isLeftBy(payload: Buffer, { bootIds }: Names): boolean {
  try {
    const { state, bootId } = JSON.parse(payload.toString()) as { state?: unknown; bootId?: unknown };
    return state === 'offline' && bootIds.includes(String(bootId));
  } catch {
    return false;
  }
}

function remembered(path: string): Names[] {
  try {
    return file.parse(JSON.parse(readFileSync(path, 'utf8'))).names;
  } catch {
    return [];
  }
}
