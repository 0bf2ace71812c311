// Events and packets of a camera -> its clips, one at a time: one serves all events that overlap.

import type { Clock } from '#common/clock.js';
import type { PacketListener } from '../../pipelines/capture/camera-options.js';
import type { NoPacketsRecord, PacketRecord } from '../../pipelines/capture/record-kinds.js';
import type { CaptureRequest } from '../../pipelines/capture/requests.js';
import type { SceneEvent } from '../analytics/scene/events.js';
import type { Clips } from '../config/clips.js';
import { Causes, type Concerned } from './causes.js';
import type { ClipFolder } from './clip-folder.js';
import { type Backlog, type Broken, type KeptClip, Recording } from './recording.js';

/** done: as long as it should be; longest: as long as it may be; camera: its capture has ended; stopped: the agent. */
export type ClipEnd = 'done' | 'longest' | 'camera' | 'stopped' | Broken;

export interface Clip extends KeptClip, Concerned {
  readonly camera: string;
  readonly end: ClipEnd;
}

/** Who wants to hear of clips. */
export interface ClipListener {
  clip(clip: Clip): void;
}

export interface CameraClipsOptions {
  readonly camera: string;
  /** Read with each event. */
  readonly clips: () => Clips;
  readonly folder: () => Pick<ClipFolder, 'create'>;
  /** Of all cameras. */
  readonly backlog: Backlog;
  /** @returns whether there is a capture that may answer */
  readonly ask: (request: CaptureRequest) => boolean;
  readonly onClip: (clip: Clip) => void;
  /** The camera has nothing that a clip can be made of. */
  readonly onNone: (message: string) => void;
  readonly onError: (error: Error) => void;
  /** CLOCK_MONOTONIC */
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** It takes so long until a track is one and its first event is told. */
const TOLD_AFTER_MS = 5000;

/** So long the packets of a camera are kept in its capture process; nothing where it has no clips. */
export function keptMs({ enabled, beforeSeconds }: Clips): number | undefined {
  return enabled ? 1000 * beforeSeconds + TOLD_AFTER_MS : undefined;
}

/** Of all cameras and lanes of this process: an answer to an earlier request is told apart by it. */
let lastRequest = 0;

export class CameraClips {
  readonly #options: CameraClipsOptions;
  readonly #causes = new Causes();
  /** What was asked for, and is being written. */
  #asked: { readonly id: number; beganMs: number; recording: Recording | undefined } | undefined;
  #hasNone = false;
  #cancelTimer = () => {};
  /** All clips so far are on the disk, and were told of. */
  #told: Promise<void> = Promise.resolve();

  constructor(options: CameraClipsOptions) {
    this.#options = options;
  }

  /** Nothing where the camera has no clips. */
  get listener(): PacketListener | undefined {
    const keepMs = keptMs(this.#options.clips());
    if (keepMs === undefined) return undefined;
    return {
      keepMs,
      onPacket: (record, bytes) => this.#onPacket(record, bytes),
      onNone: (record) => this.#onNone(record),
      onEnd: () => this.#onCaptureEnd(),
    };
  }

  events(events: readonly SceneEvent[]): void {
    if (events.length === 0) return;
    const clips = this.#options.clips();
    // Without clips nobody asks who was concerned, and a camera sees objects for years.
    if (this.#asked === undefined) this.#causes.forgetEnded();
    const sinceMs = this.#causes.update(events, clips);
    if (this.#asked !== undefined) this.#setTimer();
    else if (sinceMs !== undefined && clips.enabled) this.#begin(sinceMs - 1000 * clips.beforeSeconds);
  }

  /** Its frames come, perhaps again: what went on meanwhile has another clip. */
  running(): void {
    if (this.#asked === undefined && this.#causes.areLasting && this.#options.clips().enabled)
      this.#begin(this.#options.clock.nowMs());
  }

  /** Resolves once everything is on the disk. */
  async stop(end: ClipEnd = 'stopped'): Promise<void> {
    this.#close(end);
    await this.#told;
  }

  #begin(sinceMs: number): void {
    const id = ++lastRequest;
    if (this.#hasNone || !this.#options.ask({ kind: 'packets', id, sinceMs })) return;
    this.#asked = { id, beganMs: sinceMs, recording: undefined };
    this.#setTimer();
  }

  #onPacket({ id, stream, isKey, ptsMs, capturedMonotonicMs }: PacketRecord, bytes: Uint8Array): void {
    const asked = this.#asked;
    if (asked?.id !== id) return;
    const info = { isKey, ptsMs, capturedMonotonicMs };
    const { recording } = asked;
    const next = stream ?? (recording?.fits(info) === false ? recording.stream : undefined);
    if (next !== undefined) {
      if (recording !== undefined) {
        this.#end(recording, 'stream');
        asked.beganMs = capturedMonotonicMs;
      }
      asked.recording = this.#makeRecording(next);
      this.#setTimer();
    }
    asked.recording?.add(info, bytes);
  }

  #makeRecording(stream: Recording['stream']): Recording {
    const { camera, backlog, clock, now, onError } = this.#options;
    const recording = new Recording({
      camera,
      stream,
      backlog,
      folder: this.#options.folder(),
      wallMs: (monotonicMs) => now() - (clock.nowMs() - monotonicMs),
      onBroken: (why, error) => {
        // The folder tells of the disk's own errors, and once.
        if (!('code' in error)) onError(error);
        if (this.#asked?.recording === recording) this.#close(why);
      },
    });
    return recording;
  }

  #onNone({ id, message }: NoPacketsRecord): void {
    if (this.#asked?.id !== id) return;
    this.#hasNone = true;
    this.#options.onNone(message);
    this.#close('stream');
  }

  /** The next one may be of another stream. */
  #onCaptureEnd(): void {
    this.#hasNone = false;
    if (this.#asked === undefined) return;
    const { recording } = this.#asked;
    this.#asked = undefined;
    this.#cancelTimer();
    if (recording !== undefined) this.#end(recording, 'camera');
  }

  #setTimer(): void {
    this.#cancelTimer();
    const { clock } = this.#options;
    this.#cancelTimer = clock.after(Math.max(0, this.#untilMs().ms - clock.nowMs()), () => this.#onTime());
  }

  #onTime(): void {
    const { clock, clips } = this.#options;
    const { ms, end } = this.#untilMs();
    if (clock.nowMs() < ms) {
      this.#setTimer();
      return;
    }
    this.#close(end);
    // What began just before the end has not been seen.
    if (end === 'longest' && this.#causes.areLasting && clips().enabled) this.#begin(clock.nowMs());
  }

  #untilMs(): { readonly ms: number; readonly end: ClipEnd } {
    const { afterSeconds, maxSeconds } = this.#options.clips();
    const longestMs = this.#asked!.beganMs + 1000 * maxSeconds;
    const doneMs = this.#causes.areLasting
      ? Number.POSITIVE_INFINITY
      : this.#causes.endedMs + 1000 * afterSeconds;
    return doneMs <= longestMs ? { ms: doneMs, end: 'done' } : { ms: longestMs, end: 'longest' };
  }

  #close(end: ClipEnd): void {
    const asked = this.#asked;
    if (asked === undefined) return;
    this.#asked = undefined;
    this.#cancelTimer();
    this.#options.ask({ kind: 'packets-end', id: asked.id });
    const { clips, clock } = this.#options;
    const isShort = end === 'longest';
    this.#causes.spend(isShort ? clock.nowMs() - 1000 * clips().afterSeconds : Number.POSITIVE_INFINITY);
    if (asked.recording !== undefined) this.#end(asked.recording, end);
  }

  /** Told in the order in which they were. */
  #end(recording: Recording, end: ClipEnd): void {
    const { camera, onClip, onError } = this.#options;
    const concerned = this.#causes.takeConcerned();
    const ended = recording.end();
    const before = this.#told;
    this.#told = (async () => {
      const kept = await ended.catch(onError);
      await before;
      if (kept) onClip({ ...kept, ...concerned, camera, end: recording.broken ?? end });
    })();
  }
}
