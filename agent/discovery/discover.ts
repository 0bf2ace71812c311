// Networks of this machine, or one host -> the cameras that are there. Each stranger is listened to in a thread that is
// ended where it takes too long or too much: the ONVIF library has no bounds of its own.

import { Worker } from 'node:worker_threads';
import { plainText } from '#common/plain-text.js';
import type { Credentials } from '../../pipelines/relay/authorization.js';
import { type Announced, announcedIn } from './announced.js';
import { type Answer, answerOf } from './answers.js';
import { type FoundDevice, foundDevice } from './found-device.js';
import type { DeviceService, Task, Told } from './words.js';

/** A thread and what it reads from one device. */
const MOST_MEGABYTES = 128;
/** A network of a whole site; more would be one that makes them up. */
const MOST_DEVICES = 256;
/** Until a thread has been loaded, on a small board. */
const THREAD_START_MS = 5000;
const LONGEST_MESSAGE = 200;

// Node runs no TypeScript: from sources, as in tests, the worker is the built one.
const program = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/agent/discovery/worker.js' : './worker.js',
  import.meta.url,
);

export interface ProbeOptions {
  /** Names of networks, as `eth0`. */
  readonly interfaces: readonly string[];
  /** How long answers are waited for. */
  readonly waitMs: number;
  /** Told of each as it comes. */
  readonly onAnswer?: (answer: Answer) => void;
  /** Told why a call could not be sent, in a line. */
  readonly onFailure?: (line: string) => void;
}

/**
 * Calls for cameras (WS-Discovery, over IPv4).
 *
 * @returns what answered, by its address
 */
export async function probe(
  { interfaces, waitMs, onAnswer, onFailure }: ProbeOptions,
  signal: AbortSignal,
): Promise<Answer[]> {
  const answers = new Map<string, Answer>();
  await inThread({ kind: 'probe', interfaces, waitMs }, waitMs + THREAD_START_MS, signal, (told) => {
    if (told.kind === 'not-sent') onFailure?.(line(told.message));
    if (told.kind !== 'answer' || answers.size >= MOST_DEVICES) return;
    const answer = answerOf(told.data, told.from);
    // Some answer more than once, from each of their addresses as well.
    const key = `${answer.from} ${JSON.stringify(answer.service)}`;
    if (answers.has(key)) return;
    answers.set(key, answer);
    onAnswer?.(answer);
  });
  return [...answers.values()];
}

/** Devices repeat what they have said. */
const MOST_DATAGRAMS = 1024;

export interface BrowseOptions {
  /** Own addresses of the networks, of IPv4. */
  readonly addresses: readonly string[];
  /** As `_mqtt._tcp`. */
  readonly kinds: readonly string[];
  readonly waitMs: number;
  /** Told why a question could not be sent, in a line. */
  readonly onFailure?: (line: string) => void;
}

/** Services that announce themselves by multicast DNS, over IPv4. */
export async function browse(
  { addresses, kinds, waitMs, onFailure }: BrowseOptions,
  signal: AbortSignal,
): Promise<Announced[]> {
  const said: { records: readonly unknown[]; from: string }[] = [];
  const full = kinds.map((kind) => `${kind}.local`);
  const task = { kind: 'browse', addresses, kinds: full, waitMs } as const;
  await inThread(task, waitMs + THREAD_START_MS, signal, (told) => {
    if (told.kind === 'not-sent') onFailure?.(line(told.message));
    if (told.kind === 'records' && said.length < MOST_DATAGRAMS) said.push(told);
  });
  return announcedIn(said, kinds);
}

export interface AskOptions {
  /** Names and addresses of the device itself. */
  readonly hosts: readonly string[];
  readonly credentials?: Credentials | undefined;
  /** For all that it is asked. */
  readonly limitMs: number;
}

/** What the device at that service says of itself; never throws but where the signal aborts. */
export async function ask(
  service: DeviceService,
  { hosts, credentials, limitMs }: AskOptions,
  signal: AbortSignal,
): Promise<FoundDevice> {
  const address = `${service.host.includes(':') ? `[${service.host}]` : service.host}:${service.port}`;
  let told: Told | undefined;
  const ended = await inThread({ kind: 'ask', service, credentials }, limitMs, signal, (first) => {
    told ??= first;
  });
  if (told?.kind === 'facts') return { address, ...foundDevice(told.facts, hosts) };
  const nothing = { address, streams: [], notes: [] };
  if (told?.kind === 'failed') return { ...nothing, failure: told.failure, message: line(told.message) };
  if (ended === 'late')
    return { ...nothing, failure: 'unreachable', message: `it did not say all within ${limitMs / 1000} s` };
  return { ...nothing, failure: 'unfit', message: 'what it said could not be read' };
}

/** Runs a task to its end, or until it is over: no thread is left. @throws the reason of the signal */
async function inThread(
  task: Task,
  limitMs: number,
  signal: AbortSignal,
  onTold: (told: Told) => void,
): Promise<'done' | 'late'> {
  signal.throwIfAborted();
  // What the library and its warnings print is text of strangers.
  const worker = new Worker(program, {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
    stdout: true,
    stderr: true,
  });
  const isLate = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(true), limitMs);
    const over = () => resolve(false);
    signal.addEventListener('abort', over, { once: true });
    worker.on('message', (told: Told) => {
      onTold(told);
      if (task.kind === 'ask') over();
    });
    worker.on('error', over);
    worker.on('exit', over);
    worker.once('exit', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
    });
  });
  await worker.terminate();
  signal.throwIfAborted();
  return isLate ? 'late' : 'done';
}

function line(message: string): string {
  return plainText(message).replace(/\s+/g, ' ').trim().slice(0, LONGEST_MESSAGE);
}
