// Cameras that somebody wants a picture of -> a JPEG of each with its boxes: the next frame that has a result, or a full
// picture where the camera is looked at by a smaller stream.

import type { Detection } from '../../models/detection.js';
import type { Frame } from '../../pipelines/frame.js';
import type { FrameResult } from '../inference/frame-path.js';
import { overlaySvg } from './detection-overlay.js';
import type { Picture } from './picture.js';
import { RecentBoxes, scaledBox } from './recent-boxes.js';
import type { Encode } from './snapshots.js';

export interface FullPictures {
  /** Cameras that have one. */
  readonly cameras: readonly string[];
  /** A picture of now; rejects where there is none, having told why itself. */
  readonly take: (camera: string) => Promise<Frame>;
}

export class NextPicture {
  readonly #encode: Encode;
  readonly #take: FullPictures['take'] | undefined;
  readonly #recent: ReadonlyMap<string, RecentBoxes<Detection>>;
  readonly #wanted = new Map<string, ((picture: Promise<Picture>) => void)[]>();

  constructor(encode: Encode, full?: FullPictures) {
    this.#encode = encode;
    this.#take = full?.take;
    this.#recent = new Map(full?.cameras.map((camera) => [camera, new RecentBoxes<Detection>()]));
  }

  /** Resolves with a picture of now; for ever pending where no result of the camera comes. */
  async of(camera: string): Promise<Picture> {
    const recent = this.#recent.get(camera);
    if (recent === undefined || this.#take === undefined) return this.#next(camera);
    // The status says why there is none: the smaller picture is one as well.
    const frame = await this.#take(camera).catch(() => undefined);
    return frame === undefined ? this.#next(camera) : this.#full(frame, recent);
  }

  /** @param result its pixels are valid during the call only */
  update({ frame, sourceDetections }: FrameResult): void {
    const { capturedAtMs, capturedMonotonicMs, sourceSize } = frame;
    this.#recent.get(frame.source)?.add({ capturedMonotonicMs, sourceSize, boxed: sourceDetections });
    const waiting = this.#wanted.get(frame.source);
    if (waiting === undefined) return;
    this.#wanted.delete(frame.source);
    const copy = { ...frame, pixels: frame.pixels.slice(0) };
    const encoded = this.#encode(copy, overlaySvg(sourceDetections, sourceSize));
    const picture = encoded.then((jpeg) => ({ jpeg, capturedAtMs, sourceSize }));
    for (const resolve of waiting) resolve(picture);
  }

  #next(camera: string): Promise<Picture> {
    return new Promise((resolve) => {
      this.#wanted.set(camera, [...(this.#wanted.get(camera) ?? []), resolve]);
    });
  }

  async #full(frame: Frame, recent: RecentBoxes<Detection>): Promise<Picture> {
    const { capturedAtMs, sourceSize } = frame;
    const moment = await recent.nearest(frame.capturedMonotonicMs);
    const detections = (moment?.boxed ?? []).map((detection) => ({
      ...detection,
      box: scaledBox(detection.box, moment!.sourceSize, sourceSize),
    }));
    return { jpeg: await this.#encode(frame, overlaySvg(detections, sourceSize)), capturedAtMs, sourceSize };
  }
}
