// CapturePlan -> a child process, its frames and how it ended. Parent side of child.ts.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type FailureReport, oneLine } from '../failure.js';
import type { FramePool } from '../frame-pool.js';
import { type CapturePlan, PIPED_DESCRIPTOR } from '../launch.js';
import type { PipedStream } from '../piped-input.js';
import { contained, watchMemory } from './containment.js';
import { environment } from './environment.js';
import {
  type CaptureRecord,
  type ExitRecord,
  type FrameRecord,
  type NoPacketsRecord,
  type PacketRecord,
  type PictureRecord,
  RecordError,
  type WindowRecord,
} from './record-kinds.js';
import { RecordReader } from './records.js';
import { type CaptureRequest, requestLine } from './requests.js';
import { socketPair } from './socket-pair.js';

export type CaptureEnd =
  | { readonly reason: 'eos'; readonly produced: number }
  | ({ readonly reason: 'failure' } & FailureReport);

export interface CaptureHandlers {
  /** @param pixels planar RGB from the pool; the callee gives it back */
  frame(record: FrameRecord, pixels: ArrayBuffer): void;
  /** An answer to `ask()`. @param jpegs all parts, one after the other */
  picture?(record: PictureRecord, jpegs: ArrayBuffer): void;
  /** A window that was asked for, of a frame that has come. @param pixels as of a frame */
  window?(record: WindowRecord, pixels: ArrayBuffer): void;
  /** An answer to `ask()`. */
  packet?(record: PacketRecord, bytes: Uint8Array): void;
  noPackets?(record: NoPacketsRecord): void;
  /** Packets come, but none that a picture can begin with. */
  waiting?(): void;
  /** Once, when the process is gone; not after `close()`. */
  end(end: CaptureEnd): void;
}

/** What a camera needs of a running capture. */
export interface Capture {
  readonly pid: number | undefined;
  /** What comes of it comes as a record, unless the process ends first. */
  ask(request: CaptureRequest): void;
  /** Ends it within a second, whatever its state; `end` follows. */
  kill(): void;
  /** Ends it within a second. Safe to call twice. */
  close(): Promise<void>;
}

interface ProcessOptions {
  /** That it may have in use; one with more is killed. */
  readonly memoryBytes?: number | undefined;
  /** Its argument, by which people find it in a list of processes. */
  readonly camera?: string | undefined;
  /** What it reads on a descriptor of its own. */
  readonly input?: PipedStream | undefined;
}

const CLOSE_TIMEOUT_MS = 600;
/** A process that has sent its exit record and hangs is killed after so long. */
const EXIT_TIMEOUT_MS = 500;
const KEPT_STDERR_BYTES = 4096;
const LOOK_EVERY_MS = 1000;
/** It speaks once a second. After a pause of this process there is one look, whatever its length. */
const MOST_SILENT_LOOKS = 7;
/** Several times what H.265 of 4K takes; pictures of 8K take 50 MB each, and a decoder holds up to 17. */
export const MEMORY_BYTES = 1e9;
/** The child keeps next to nothing, and collects its garbage by itself. */
const HEAP_OPTIONS = ['--max-semi-space-size=1', '--expose-gc'];

// Node runs no TypeScript: from sources, as in tests, the child is the built one.
const PROGRAM = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/pipelines/capture/child.js' : './child.js',
  import.meta.url,
);

export class CaptureProcess implements Capture {
  readonly #memoryBytes: number;
  readonly #camera: string | undefined;
  readonly #input: PipedStream | undefined;
  readonly #plan: CapturePlan;
  readonly #pool: FramePool;
  readonly #handlers: CaptureHandlers;
  #child: ChildProcess | undefined;
  #frames: Socket | undefined;
  #exit: ExitRecord | undefined;
  #stderr = '';
  #lifeWatch: NodeJS.Timeout | undefined;
  #hasSpoken = false;
  #silentLooks = 0;
  #closing: Promise<void> | undefined;

  constructor(
    plan: CapturePlan,
    pool: FramePool,
    handlers: CaptureHandlers,
    { memoryBytes = MEMORY_BYTES, camera, input }: ProcessOptions = {},
  ) {
    this.#memoryBytes = memoryBytes;
    this.#camera = camera;
    this.#input = input;
    this.#plan = plan;
    this.#pool = pool;
    this.#handlers = handlers;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the process has been started, or `close()` was called before. */
  async start(): Promise<void> {
    const reader = new RecordReader(
      this.#plan.inputSize,
      (byteLength) => this.#pool.acquire(byteLength),
      (record, bytes) => this.#onRecord(record, bytes),
    );
    const { ours, theirs } = await socketPair((bytes) => {
      if (this.#closing !== undefined) return;
      this.#hasSpoken = true;
      try {
        reader.push(bytes);
      } catch (error) {
        // What the handlers throw is no fault of the capture: another one would not mend it.
        if (!(error instanceof RecordError)) throw error;
        this.#stderr = String(error);
        this.#killNow();
      }
    });
    if (this.#closing !== undefined) {
      ours.destroy();
      theirs.destroy();
      return;
    }
    this.#frames = ours;
    const child = this.#spawn(theirs);
    this.#child = child;
    // The plan holds passwords: a pipe, unlike arguments and environment, can be read once and by one.
    child.stdin?.write(`${JSON.stringify(this.#plan)}\n`);
    this.#feed(child);
    const endWatch =
      child.pid === undefined
        ? () => {}
        : watchMemory(child.pid, this.#memoryBytes, (bytes) => this.#onTooMuch(bytes));
    // What is left to read ends with the child.
    ours.on('error', () => {});
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-KEPT_STDERR_BYTES);
    });
    // A child that died has closed its end.
    child.stdin?.on('error', () => {});
    let spawnError: Error | undefined;
    child.on('error', (error) => {
      spawnError = error;
    });
    const closed = new Promise<string | null>((resolve) => {
      const onClose = (signal: string | null) => {
        endWatch();
        clearInterval(this.#lifeWatch);
        resolve(signal);
      };
      child.on('close', (_code, signal) => onClose(signal));
      // Where there are no descriptors for its pipes nothing else is told of it.
      if (child.pid === undefined) child.on('error', () => onClose(null));
    });
    const read = new Promise<void>((resolve) => {
      ours.on('close', () => resolve());
    });
    void Promise.all([closed, read]).then(([signal]) => {
      if (reader.unfinished !== undefined) this.#pool.release(reader.unfinished);
      if (this.#closing === undefined) this.#handlers.end(this.#howItEnded(signal, spawnError));
    });
  }

  #feed(child: ChildProcess): void {
    const input = this.#input;
    if (input === undefined) return;
    // One that could not be spawned may have none.
    const pipes: typeof child.stdio | undefined = child.stdio;
    const end = pipes?.[PIPED_DESCRIPTOR] as Writable | null | undefined;
    if (end === null || end === undefined) {
      input.giveBack();
      return;
    }
    // A child that died has closed its end.
    end.on('error', () => {});
    end.on('close', () => {
      input.stream.unpipe(end);
      input.giveBack();
    });
    input.stream.pipe(end);
  }

  /** @throws where the process cannot even be tried, for want of memory */
  #spawn(theirs: Socket): ChildProcess {
    try {
      const [program, ...args] = contained(
        [process.execPath, ...HEAP_OPTIONS, fileURLToPath(PROGRAM), ...(this.#camera ? [this.#camera] : [])],
        this.#memoryBytes,
      );
      const stdio = ['pipe', 'ignore', 'pipe', theirs] as const;
      return spawn(program, args, {
        stdio: [...stdio, ...(this.#input ? ['pipe' as const] : [])],
        env: environment(this.#plan),
      });
    } catch (error) {
      this.#frames?.destroy();
      throw error;
    } finally {
      theirs.destroy();
    }
  }

  ask(request: CaptureRequest): void {
    const stdin = this.#child?.stdin;
    if (stdin?.writable) stdin.write(requestLine(request));
  }

  /** Backpressure: with delivery `all` the pipeline waits. */
  pause(): void {
    this.#frames?.pause();
  }

  resume(): void {
    this.#frames?.resume();
  }

  /** With a word to its camera, where it is still able to. */
  kill(): void {
    const timer = setTimeout(() => this.#killNow(), CLOSE_TIMEOUT_MS);
    this.#child?.once('exit', () => clearTimeout(timer)).kill('SIGTERM');
    this.resume();
  }

  #killNow(): void {
    this.#child?.kill('SIGKILL');
    // What it had sent before no longer counts, and a paused pipe would hold back the end.
    this.resume();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const child = this.#child;
    if (child === undefined) this.#input?.giveBack();
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_TIMEOUT_MS);
      child.kill('SIGTERM');
      await exited;
      clearTimeout(timer);
    }
    // A paused one, with bytes that nobody reads, would stay open after the process has gone.
    this.#frames?.destroy();
  }

  #onRecord(record: CaptureRecord, bytes: ArrayBuffer): void {
    if (record.kind === 'frame') {
      this.#watchLife();
      this.#handlers.frame(record, bytes);
    } else if (record.kind === 'window') {
      if (this.#handlers.window === undefined) this.#pool.release(bytes);
      else this.#handlers.window(record, bytes);
    } else if (record.kind === 'picture') this.#handlers.picture?.(record, bytes);
    else if (record.kind === 'packet') this.#handlers.packet?.(record, new Uint8Array(bytes));
    else if (record.kind === 'no-packets') this.#handlers.noPackets?.(record);
    else if (record.kind === 'waiting') this.#handlers.waiting?.();
    else if (record.kind === 'exit') {
      this.#exit = record;
      setTimeout(() => this.#killNow(), EXIT_TIMEOUT_MS).unref();
    }
  }

  /** From the first frame on: a device may take its time to open, and the loop waits for it. */
  #watchLife(): void {
    this.#lifeWatch ??= setInterval(() => {
      // Nobody listens while the consumer is behind.
      const isHeard = this.#hasSpoken || this.#frames?.isPaused() === true;
      this.#silentLooks = isHeard ? 0 : this.#silentLooks + 1;
      this.#hasSpoken = false;
      if (this.#silentLooks < MOST_SILENT_LOOKS) return;
      const message = `the capture process has not said anything for ${MOST_SILENT_LOOKS} s`;
      this.#exit ??= { kind: 'exit', reason: 'failure', failure: 'stalled', message };
      this.#killNow();
    }, LOOK_EVERY_MS).unref();
  }

  #onTooMuch(bytes: number): void {
    const megabytes = (of: number) => Math.round(of / 1e6);
    this.#exit ??= {
      kind: 'exit',
      reason: 'failure',
      failure: 'memory',
      message: `${megabytes(bytes)} MB in use, ${megabytes(this.#memoryBytes)} MB allowed`,
    };
    this.#killNow();
  }

  #howItEnded(signal: string | null, spawnError: Error | undefined): CaptureEnd {
    if (this.#exit !== undefined) return this.#exit;
    const how = spawnError?.message ?? (signal === null ? 'exited' : `was ended by ${signal}`);
    const said = oneLine(lastWords(this.#stderr));
    const message = `capture process ${how}${said === '' ? '' : ` (${said})`}`;
    return { reason: 'failure', failure: 'crashed', message };
  }
}

/** Of an error that nobody caught Node says where it was, what it is, the way there, and last its own version. */
export function lastWords(text: string): string {
  const lines = text.trim().split('\n');
  const error = lines.findLast((line) => /^\w*Error\b.*: /.test(line));
  return error ?? lines.findLast((line) => line !== '' && !/^Node\.js v\d/.test(line)) ?? '';
}
