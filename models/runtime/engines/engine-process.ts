// A program that speaks the protocol -> a running child: its messages, whether it is alive, an orderly end or none.

import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { monotonicMs } from '#common/clock.js';
import { expected } from '#common/errors.js';
import { expectWhileAwake, settledWithin } from '#common/time-limit.js';
import { ModelError, type ModelFailure } from '../../model-error.js';
import { Control, type ControlEvents } from './control.js';
import { type Fields, type Message, textIn } from './protocol.js';
import type { SystemCalls } from './system-calls.js';

export interface EngineProgram {
  /** As in `inference.provider`. */
  readonly name: string;
  readonly file: string;
  readonly args?: readonly string[];
}

export interface EngineEvents {
  /** What nobody waits for. */
  readonly onMessage: (message: Message) => void;
  /** Once: it has ended, does not answer, or broke the protocol; it is gone by then or will be at once. */
  readonly onFailure: (error: Error) => void;
}

/** An engine answers pings while it builds and computes; what takes long is done beside. */
const PING_MS = 1000;
const DEAF_MS = 8000;
const END_MS = 1000;
const HEAR_MS = 250;
/** The last words of a program that fails, for the error. */
const LAST_WORDS_BYTES = 2000;
const LAST_WORDS_MS = 200;
const FAILURES: readonly string[] = ['memory', 'files', 'other'] satisfies readonly ModelFailure[];

interface Expected {
  readonly kind: string;
  readonly resolve: (message: Message) => void;
  readonly reject: (error: Error) => void;
}

export class EngineProcess {
  readonly #program: EngineProgram;
  readonly #events: EngineEvents;
  readonly #child: ChildProcess;
  readonly #control: Control;
  readonly #exited: Promise<void>;
  readonly #pings: NodeJS.Timeout;
  #expected: Expected | undefined;
  #failure: Error | undefined;
  #lastWords = '';
  #unanswered = 0;
  #isEnding = false;

  /**
   * @param descriptors of the memory for frames, and of the network: 4 and 5 in the engine; control is 3
   * @param calls with which a thread can wait for it
   */
  constructor(
    program: EngineProgram,
    descriptors: readonly [number, number],
    events: EngineEvents,
    calls?: SystemCalls,
  ) {
    this.#program = program;
    this.#events = events;
    const [ours, theirs] = calls?.connection() ?? [];
    this.#child = spawn(program.file, program.args ?? [], {
      stdio: ['ignore', 'ignore', 'pipe', theirs ?? 'pipe', ...descriptors],
    });
    if (theirs !== undefined) calls!.close(theirs);
    const closed = new Promise<void>((resolve) => this.#child.once('close', () => resolve()));
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', async (code, signal) => {
        // What it wrote last may come after its end, and a child of its own may keep the pipe open for ever.
        await settledWithin(LAST_WORDS_MS, closed);
        this.#fail(this.#ended(signal ?? `exit code ${code}`));
        resolve();
      });
      this.#child.once('error', (error: NodeJS.ErrnoException) => {
        this.#fail(
          expected(`engine ${program.name} to start`, program.file, error.code ?? error.message, error),
        );
        if (this.#child.pid === undefined) resolve();
      });
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS_BYTES);
    });
    const heard: ControlEvents = {
      onMessage: (message) => this.#onMessage(message),
      onEnd: (reason) => this.#onEnd(reason),
    };
    this.#control =
      calls !== undefined && ours !== undefined
        ? new Control(new Socket({ fd: ours, readable: true, writable: true }), heard, {
            calls,
            descriptor: ours,
          })
        : new Control(this.#child.stdio[3] as Duplex, heard);
    this.#pings = setInterval(() => this.#ping(), PING_MS).unref();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(kind: string, fields?: Fields): void {
    this.#control.send(kind, fields);
  }

  /** The next message of this kind; one at a time. @throws what the engine failed of */
  expect(kind: string, limitMs = Number.POSITIVE_INFINITY): Promise<Message> {
    const message = new Promise<Message>((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure);
      else this.#expected = { kind, resolve, reject };
    });
    if (limitMs === Number.POSITIVE_INFINITY) return message;
    return expectWhileAwake(limitMs, message, `"${kind}"`, `engine ${this.#program.name}`);
  }

  /**
   * Waits on this thread until there is nothing more to hear, where it can: waking it through the event loop takes longer
   * than all that is said. It is awake four times a second, for who wants to end it.
   *
   * @returns milliseconds in which this thread was awake: fewer than the limit where the event loop has to tell the rest
   */
  hear(isHeard: () => boolean, limitMs: number): number {
    let awakeMs = 0;
    while (!isHeard() && awakeMs < limitMs) {
      const begunMs = monotonicMs();
      if (!this.#control.receive(HEAR_MS)) break;
      awakeMs += Math.min(monotonicMs() - begunMs, 2 * HEAR_MS);
    }
    return awakeMs;
  }

  /** At once, whatever it is doing. */
  kill(reason: Error): void {
    this.#fail(reason);
  }

  /** It may finish what it is at, for a second. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.send('end');
    await settledWithin(END_MS, this.#exited);
    this.#child.kill('SIGKILL');
    await this.#exited;
    clearInterval(this.#pings);
    this.#control.close();
  }

  #onMessage(message: Message): void {
    const { kind } = message;
    if (kind === 'pong') {
      this.#unanswered = 0;
    } else if (kind === 'failed' && !message.fields.has('frame')) {
      this.#fail(failureIn(message));
    } else if (kind === this.#expected?.kind) {
      const { resolve } = this.#expected;
      this.#expected = undefined;
      resolve(message);
    } else {
      this.#events.onMessage(message);
    }
  }

  /** Its last words tell more than that it says nothing any more: they come with its end. */
  #onEnd(reason: Error | undefined): void {
    const closed = expected('an engine that answers', `engine ${this.#program.name}`, 'a closed connection');
    if (reason !== undefined) this.#fail(reason);
    else void settledWithin(END_MS, this.#exited).then(() => this.#fail(closed));
  }

  #ping(): void {
    if (++this.#unanswered * PING_MS > DEAF_MS)
      this.#fail(expected(`an answer within ${DEAF_MS / 1000} s`, `engine ${this.#program.name}`, 'none'));
    else this.send('ping');
  }

  #ended(how: string): Error {
    const words = this.#lastWords.trim().split('\n').at(-1);
    return expected('it to run on', `engine ${this.#program.name}`, words ? `${how}: ${words}` : how);
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    clearInterval(this.#pings);
    this.#child.kill('SIGKILL');
    this.#control.close();
    this.#expected?.reject(error);
    this.#expected = undefined;
    if (!this.#isEnding) this.#events.onFailure(error);
  }
}

/** What an engine says of its own failure: one line, and whose fault it is. */
export function failureIn(message: Message): ModelError {
  const failure = textIn(message, 'class');
  return new ModelError(
    textIn(message, 'message').replaceAll(/\s*[\r\n]+\s*/g, ' '),
    FAILURES.includes(failure) ? (failure as ModelFailure) : 'other',
  );
}
