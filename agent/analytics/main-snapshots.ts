// Tracks of a camera that is looked at by a smaller stream -> a picture of each from its main stream, else the smaller one.

import type { Frame } from '../../pipelines/frame.js';
import { overlaySvg } from './detection-overlay.js';
import { withMargin } from './full-size-picture.js';
import type { Picture } from './picture.js';
import { RecentBoxes, scaledBox } from './recent-boxes.js';
import type { Encode, EncodePart, SnapshotCandidate, Snapshots } from './snapshots.js';

export interface MainSnapshotsOptions {
  /** Of the stream that is looked at: it says which picture is worth more, and stands in. */
  readonly snapshots: Pick<Snapshots, 'update' | 'take' | 'forget' | 'frameOf'>;
  /** A picture of now; rejects where there is none, having told why itself. */
  readonly fullPicture: () => Promise<Frame>;
  readonly encode: Encode;
  readonly encodePart: EncodePart;
}

/** From one opening of the main stream to the next, by the frames' own times. */
const APART_MS = 5000;

export class MainSnapshots {
  readonly #options: MainSnapshotsOptions;
  readonly #recent = new RecentBoxes<SnapshotCandidate>();
  /** Tracks that have become worth a picture, or a better one. */
  readonly #wanted = new Set<number>();
  readonly #pictures = new Map<number, Picture>();
  #isTaking = false;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(options: MainSnapshotsOptions) {
    this.#options = options;
  }

  /** @param frame its pixels are valid during the call only */
  update(frame: Frame, candidates: readonly SnapshotCandidate[]): void {
    const { capturedMonotonicMs, sourceSize } = frame;
    this.#recent.add({ capturedMonotonicMs, sourceSize, boxed: candidates });
    const { snapshots } = this.#options;
    for (const trackId of snapshots.update(frame, candidates)) this.#wanted.add(trackId);
    // Who has given its place to another.
    for (const trackId of [...this.#wanted, ...this.#pictures.keys()])
      if (snapshots.frameOf(trackId) === undefined) this.#drop(trackId);
    if (this.#wanted.size === 0 || this.#isTaking || capturedMonotonicMs < this.#notBeforeMs) return;
    this.#notBeforeMs = capturedMonotonicMs + APART_MS;
    this.#isTaking = true;
    void this.#takeAll()
      // The stream has told why there is none: the smaller picture stands in.
      .catch(() => {})
      .finally(() => {
        this.#isTaking = false;
      });
  }

  /** Gives the picture of a track that has ended, once. */
  async take(trackId: number): Promise<Picture | undefined> {
    const picture = this.#pictures.get(trackId);
    this.#drop(trackId);
    if (picture === undefined) return this.#options.snapshots.take(trackId);
    this.#options.snapshots.forget(trackId);
    return picture;
  }

  #drop(trackId: number): void {
    this.#pictures.delete(trackId);
    this.#wanted.delete(trackId);
  }

  /** One picture serves all that were seen at its time. */
  async #takeAll(): Promise<void> {
    const frame = await this.#options.fullPicture();
    const { capturedAtMs, sourceSize } = frame;
    const moment = await this.#recent.nearest(frame.capturedMonotonicMs);
    for (const { trackId, label, score, sourceBox } of moment?.boxed ?? []) {
      if (!this.#wanted.has(trackId)) continue;
      const box = scaledBox(sourceBox, moment!.sourceSize, sourceSize);
      const svg = overlaySvg([{ label, score, box, classIndex: 0 }], sourceSize);
      const jpeg = await this.#options.encode(frame, svg);
      const crop = await this.#options.encodePart(frame, withMargin(box, sourceSize));
      // Its track may have ended meanwhile.
      if (this.#wanted.delete(trackId))
        this.#pictures.set(trackId, { jpeg, capturedAtMs, sourceSize, object: { trackId, crop } });
    }
  }
}
