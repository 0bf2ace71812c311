// Cameras that somebody wants a picture of -> a JPEG of each with its boxes: the next frame that has a result, at the size
// of its source, or a picture of the main stream where the camera is looked at by a smaller one.

import { expected } from '#common/errors.js';
import { expectWithin } from '#common/time-limit.js';
import type { Detection } from '../../models/detection.js';
import type { Frame } from '../../pipelines/frame.js';
import type { FrameResult } from '../inference/frame-path.js';
import { overlaySvg } from './detection-overlay.js';
import { type AskPicture, fullSizePicture } from './full-size-picture.js';
import type { Picture } from './picture.js';
import { RecentBoxes, scaledBox } from './recent-boxes.js';
import type { Encode } from './snapshots.js';

export interface FullPictures {
  /** Cameras that have one; read with each frame. */
  readonly cameras: readonly string[];
  /** A picture of now; rejects where there is none, having told why itself. */
  readonly take: (camera: string) => Promise<Frame>;
}

interface Wanted {
  readonly resolve: (picture: Promise<Picture>) => void;
  readonly reject: (error: Error) => void;
}

/** As long as a request may take. */
const LIMIT_MS = 30_000;

export interface NextPictureOptions {
  readonly encode: Encode;
  readonly full?: FullPictures;
  /** The picture of a frame at the size of its source, where the camera has it. */
  readonly ask?: AskPicture;
}

export class NextPicture {
  readonly #options: NextPictureOptions;
  /** Of the cameras that have full pictures, once a frame of them has been seen. */
  readonly #recent = new Map<string, RecentBoxes<Detection>>();
  readonly #wanted = new Map<string, Set<Wanted>>();
  /** By camera, another one whenever what was taken before counts no more. */
  readonly #epochs = new Map<string, object>();

  constructor(options: NextPictureOptions) {
    this.#options = options;
  }

  /** @throws CspcamError where no result of the camera comes within half a minute, or the camera is another one by then */
  async of(camera: string): Promise<Picture> {
    const recent = this.#recentOf(camera);
    if (recent === undefined) return this.#next(camera);
    const full = this.#stillOf(camera, this.#full(camera, recent));
    return (await full) ?? this.#next(camera);
  }

  /** The camera is gone, or is opened with other masks: what was taken of it until now is handed over no more. */
  forget(camera: string): void {
    this.#recent.delete(camera);
    this.#epochs.set(camera, {});
    for (const { reject } of this.#wanted.get(camera) ?? []) reject(fromBefore(camera));
    this.#wanted.delete(camera);
  }

  /** @param result its pixels are valid during the call only */
  update({ frame, sourceDetections }: FrameResult): void {
    const { capturedMonotonicMs, sourceSize } = frame;
    this.#recentOf(frame.source)?.add({ capturedMonotonicMs, sourceSize, boxed: sourceDetections });
    const waiting = this.#wanted.get(frame.source);
    if (waiting === undefined || waiting.size === 0) return;
    this.#wanted.delete(frame.source);
    const copy = { ...frame, pixels: frame.pixels.slice(0) };
    const picture = this.#stillOf(frame.source, this.#pictureOf(copy, sourceDetections));
    for (const { resolve } of waiting) resolve(picture);
  }

  /** @param picture that is begun now */
  async #stillOf<Taken>(camera: string, picture: Promise<Taken>): Promise<Taken> {
    const epoch = this.#epochs.get(camera);
    const taken = await picture;
    if (this.#epochs.get(camera) !== epoch) throw fromBefore(camera);
    return taken;
  }

  #recentOf(camera: string): RecentBoxes<Detection> | undefined {
    if (!this.#options.full?.cameras.includes(camera)) {
      this.#recent.delete(camera);
      return undefined;
    }
    const recent = this.#recent.get(camera) ?? new RecentBoxes<Detection>();
    this.#recent.set(camera, recent);
    return recent;
  }

  async #pictureOf(frame: Frame, found: readonly Detection[]): Promise<Picture> {
    const { ask, encode } = this.#options;
    const { capturedAtMs, sourceSize, sequence: frameSequence } = frame;
    const full = ask && (await fullSizePicture(ask, frame, found).catch(() => undefined));
    const jpeg = full?.jpeg ?? (await encode(frame, overlaySvg(found, sourceSize)));
    return { jpeg, capturedAtMs, sourceSize, frameSequence };
  }

  async #next(camera: string): Promise<Picture> {
    const all = this.#wanted.get(camera) ?? new Set();
    this.#wanted.set(camera, all);
    let wanted: Wanted | undefined;
    const picture = new Promise<Picture>((resolve, reject) => {
      wanted = { resolve, reject };
      all.add(wanted);
    });
    try {
      return await expectWithin(LIMIT_MS, picture, 'a frame that was looked at', camera);
    } finally {
      all.delete(wanted!);
    }
  }

  /** The status says why there is none: the smaller picture is one as well. */
  async #full(camera: string, recent: RecentBoxes<Detection>): Promise<Picture | undefined> {
    const frame = await this.#options.full?.take(camera).catch(() => undefined);
    return frame && this.#fullOf(frame, recent);
  }

  async #fullOf(frame: Frame, recent: RecentBoxes<Detection>): Promise<Picture> {
    const { capturedAtMs, sourceSize } = frame;
    const moment = await recent.nearest(frame.capturedMonotonicMs);
    const detections = (moment?.boxed ?? []).map((detection) => ({
      ...detection,
      box: scaledBox(detection.box, moment!.sourceSize, sourceSize),
    }));
    return {
      jpeg: await this.#options.encode(frame, overlaySvg(detections, sourceSize)),
      capturedAtMs,
      sourceSize,
    };
  }
}

function fromBefore(camera: string): Error {
  return expected('a picture of the camera as it is now', camera, 'one from before');
}
