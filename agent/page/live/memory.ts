// What the agent tells while nobody looks -> what a page that is opened sees at once: bounded, and only the latest.

import type { Picture } from '../../analytics/picture.js';
import type { SceneCounts } from '../../analytics/scene/events.js';
import type { CameraState, FrameReport } from '../../telemetry/reports.js';
import type { ClipView, EventView, StatsView } from '../protocol.js';

const MOST_EVENTS = 200;
/** Pictures of objects, at source size: some hundred kilobytes each. */
const MOST_PICTURES = 50;
const MOST_PICTURE_BYTES = 8 * 1024 * 1024;
const MOST_CLIPS = 200;
const MOST_STATS = 120;
/** Frames whose picture may still be on its way: on a busy machine for seconds, at 30 frames in each. */
const MOST_REPORTS = 256;

interface KeptPicture {
  readonly camera: string;
  readonly jpeg: Buffer;
}

export class Memory {
  /** When each was told: CLOCK_MONOTONIC. */
  readonly states = new Map<string, { readonly state: CameraState; readonly toldMs: number }>();
  readonly counts = new Map<string, SceneCounts>();
  readonly #reports = new Map<string, FrameReport[]>();
  readonly #pictures = new Map<number, KeptPicture>();
  #events: readonly EventView[] = [];
  #clips: readonly ClipView[] = [];
  #stats: readonly StatsView[] = [];
  #pictureBytes = 0;
  #lastEventId = 0;

  /** The newest last. */
  get events(): readonly EventView[] {
    return this.#events.map((event) => ({ ...event, hasPicture: this.#pictures.has(event.trackId) }));
  }

  /** The newest last. */
  get clips(): readonly ClipView[] {
    return this.#clips;
  }

  get stats(): readonly StatsView[] {
    return this.#stats;
  }

  nextEventId(): number {
    return ++this.#lastEventId;
  }

  addEvents(events: readonly EventView[]): void {
    this.#events = [...this.#events, ...events].slice(-MOST_EVENTS);
  }

  addClip(clip: ClipView): void {
    this.#clips = [...this.#clips, clip].slice(-MOST_CLIPS);
  }

  addStats(stats: StatsView): void {
    this.#stats = [...this.#stats, stats].slice(-MOST_STATS);
  }

  addReport(report: FrameReport): void {
    const of = this.#reports.get(report.frame.source) ?? [];
    this.#reports.set(report.frame.source, [...of.slice(1 - MOST_REPORTS), report]);
  }

  /** What was found on a frame; nothing where it is too long ago. */
  reportOf(camera: string, sequence: number): FrameReport | undefined {
    return this.#reports.get(camera)?.findLast(({ frame }) => frame.sequence === sequence);
  }

  /** Nobody looks any more. */
  forgetReports(): void {
    this.#reports.clear();
  }

  addPicture(camera: string, trackId: number, { jpeg }: Picture): void {
    if (jpeg.byteLength > MOST_PICTURE_BYTES) return;
    this.#drop(trackId);
    this.#pictures.set(trackId, { camera, jpeg });
    this.#pictureBytes += jpeg.byteLength;
    for (const oldest of this.#pictures.keys()) {
      if (this.#pictures.size <= MOST_PICTURES && this.#pictureBytes <= MOST_PICTURE_BYTES) break;
      this.#drop(oldest);
    }
  }

  pictureOf(trackId: number): Buffer | undefined {
    return this.#pictures.get(trackId)?.jpeg;
  }

  /** Pictures and clips from before show what must not be seen any more, or a camera that is gone. */
  forgetPictures(camera: string): void {
    for (const [trackId, kept] of this.#pictures) if (kept.camera === camera) this.#drop(trackId);
    this.#clips = this.#clips.filter((clip) => clip.camera !== camera);
  }

  /** @param cameras that there are */
  keepOnly(cameras: ReadonlySet<string>): void {
    for (const of of [this.states, this.counts, this.#reports])
      for (const camera of of.keys()) if (!cameras.has(camera)) of.delete(camera);
  }

  #drop(trackId: number): void {
    this.#pictureBytes -= this.#pictures.get(trackId)?.jpeg.byteLength ?? 0;
    this.#pictures.delete(trackId);
  }
}
