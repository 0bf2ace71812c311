// Packets of one stream as they come -> one clip on the disk, written behind them in bounded memory.

import type { PacketInfo, PacketStream } from '../../pipelines/capture/packet.js';
import { type ClipFile, type ClipFolder, NoRoomError } from './clip-folder.js';
import { Mp4, type Mp4Packet } from './mp4.js';

/** What is on the disk, whole. */
export interface KeptClip {
  /** Within the folder of clips. */
  readonly file: string;
  readonly path: string;
  readonly bytes: number;
  readonly stream: PacketStream;
  /** When its first picture was captured, milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly durationMs: number;
}

/** Why it is shorter than it should be. */
export type Broken = 'space' | 'disk' | 'stream';

/** What waits for the disk, of all recordings: also of those that have ended, for as long as the disk has not taken it. */
export interface Backlog {
  bytes: number;
}

export interface RecordingOptions {
  readonly camera: string;
  readonly stream: PacketStream;
  readonly backlog: Backlog;
  readonly folder: Pick<ClipFolder, 'create'>;
  /** CLOCK_MONOTONIC -> milliseconds since 1970. */
  readonly wallMs: (monotonicMs: number) => number;
  /** Nothing more will be written; once. */
  readonly onBroken: (why: Broken, error: Error) => void;
}

interface Waiting extends Mp4Packet {
  /** All before it has been written once it is. */
  readonly beforeMs: number;
}

/** What waits for a slow disk, of all recordings together, and of each the same again for the next key frame. */
const MOST_WAITING_BYTES = 64e6;
/** Longer without a picture is another time, not a slow camera. */
const LONGEST_GAP_MS = 10_000;
const USUAL_MS = 40;

export class Recording {
  readonly #options: RecordingOptions;
  readonly #queue: Waiting[] = [];
  #waitingBytes = 0;
  #sinceKeyBytes = 0;
  #first: PacketInfo | undefined;
  /** Of presentation: the latest, and the latest before the last key frame. */
  #latestMs = 0;
  #beforeKeyMs = 0;
  #writtenMs = 0;
  #file: ClipFile | undefined;
  #mp4: Mp4 | undefined;
  #diskError: Error | undefined;
  #broken: Broken | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: RecordingOptions) {
    this.#options = options;
  }

  get stream(): PacketStream {
    return this.#options.stream;
  }

  get broken(): Broken | undefined {
    return this.#broken;
  }

  /** Whether the time of the packet goes on from those before it. */
  fits({ isKey, ptsMs }: PacketInfo): boolean {
    if (!isKey || this.#first === undefined) return true;
    const ms = ptsMs - this.#first.ptsMs;
    return ms >= this.#latestMs && ms < this.#latestMs + LONGEST_GAP_MS;
  }

  add(info: PacketInfo, bytes: Uint8Array): void {
    if (this.#broken !== undefined || (this.#first === undefined && !info.isKey)) return;
    this.#first ??= info;
    const { isKey } = info;
    const ms = info.ptsMs - this.#first.ptsMs;
    if (isKey) {
      this.#beforeKeyMs = this.#latestMs;
      this.#sinceKeyBytes = 0;
    }
    // Shown before the first key frame, it is made of pictures that are not there.
    if (ms < this.#beforeKeyMs) return;
    const sinceMs = ms - this.#latestMs;
    const durationMs = sinceMs > 0 && sinceMs < LONGEST_GAP_MS ? sinceMs : USUAL_MS;
    this.#latestMs = Math.max(this.#latestMs, ms);
    this.#sinceKeyBytes += bytes.length;
    this.#wait(bytes.length);
    const tooMuch = this.#tooMuch();
    if (tooMuch !== undefined) {
      this.#break(...tooMuch);
      return;
    }
    this.#queue.push({ isKey, ms, durationMs, bytes, beforeMs: this.#beforeKeyMs });
    if (this.#queue.length === 1) this.#writing = this.#writing.then(() => this.#write());
  }

  /** @returns nothing where nothing that can be played has come to the disk */
  async end(): Promise<KeptClip | undefined> {
    await this.#writing;
    if (this.#broken === undefined) await this.#mp4?.end().catch((error: Error) => this.#onError(error));
    const { stream, wallMs } = this.#options;
    const kept = await this.#file?.end().catch((error: Error) => void this.#onError(error));
    if (kept === undefined) return undefined;
    const startedAtMs = wallMs(this.#first!.capturedMonotonicMs);
    return { ...kept, stream, startedAtMs, durationMs: this.#broken ? this.#writtenMs : this.#latestMs };
  }

  /** @param bytes below 0 where they wait no more */
  #wait(bytes: number): void {
    this.#waitingBytes += bytes;
    this.#options.backlog.bytes += bytes;
  }

  #tooMuch(): [Broken, Error] | undefined {
    const most = `${MOST_WAITING_BYTES / 1e6} MB`;
    if (this.#sinceKeyBytes > MOST_WAITING_BYTES) return ['stream', new Error(`no key frame within ${most}`)];
    if (this.#options.backlog.bytes > MOST_WAITING_BYTES)
      return ['disk', new Error(`the disk is ${most} behind`)];
    return undefined;
  }

  async #write(): Promise<void> {
    try {
      this.#mp4 ??= await this.#open();
      for (
        let next = this.#queue[0];
        next !== undefined && this.#broken === undefined;
        next = this.#queue[0]
      ) {
        await this.#mp4.add(next);
        this.#writtenMs = next.beforeMs;
        if (this.#queue.shift() !== undefined) this.#wait(-next.bytes.length);
      }
    } catch (error) {
      this.#onError(error as Error);
    }
  }

  async #open(): Promise<Mp4> {
    const { camera, stream, folder, wallMs } = this.#options;
    const ofDisk = (error: Error) => {
      this.#diskError ??= error;
      throw error;
    };
    const file = await folder.create(camera, wallMs(this.#first!.capturedMonotonicMs)).catch(ofDisk);
    this.#file = file;
    return Mp4.open(stream, (bytes) => file.append(bytes).catch(ofDisk));
  }

  /** What the stream that is written into makes of the disk's error hides it. */
  #onError(error: Error): void {
    const ofDisk = this.#diskError;
    if (ofDisk === undefined) this.#break('stream', error);
    else this.#break(ofDisk instanceof NoRoomError ? 'space' : 'disk', ofDisk);
  }

  #break(why: Broken, error: Error): void {
    if (this.#broken !== undefined) return;
    this.#broken = why;
    this.#queue.length = 0;
    this.#wait(-this.#waitingBytes);
    this.#options.onBroken(why, error);
  }
}
