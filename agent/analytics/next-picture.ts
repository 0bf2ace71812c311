// Cameras that somebody wants a picture of -> a JPEG of each with its boxes: the next frame that has a result, or a full
// picture where the camera is looked at by a smaller stream.

import { expected } from '#common/errors.js';
import type { Detection } from '../../models/detection.js';
import type { Frame } from '../../pipelines/frame.js';
import type { FrameResult } from '../inference/frame-path.js';
import { overlaySvg } from './detection-overlay.js';
import type { Picture } from './picture.js';
import { RecentBoxes, scaledBox } from './recent-boxes.js';
import type { Encode } from './snapshots.js';

export interface FullPictures {
  /** Cameras that have one; read with each frame. */
  readonly cameras: readonly string[];
  /** A picture of now; rejects where there is none, having told why itself. */
  readonly take: (camera: string) => Promise<Frame>;
}

export class NextPicture {
  readonly #encode: Encode;
  readonly #full: FullPictures | undefined;
  /** Of the cameras that have full pictures, once a frame of them has been seen. */
  readonly #recent = new Map<string, RecentBoxes<Detection>>();
  readonly #wanted = new Map<string, ((picture: Promise<Picture>) => void)[]>();
  /** By camera, another one whenever what was taken before counts no more. */
  readonly #epochs = new Map<string, object>();

  constructor(encode: Encode, full?: FullPictures) {
    this.#encode = encode;
    this.#full = full;
  }

  /** Resolves with a picture of now; for ever pending where no result of the camera comes. */
  async of(camera: string): Promise<Picture> {
    const recent = this.#recentOf(camera);
    if (recent === undefined) return this.#next(camera);
    // The status says why there is none: the smaller picture is one as well.
    const frame = await this.#full?.take(camera).catch(() => undefined);
    return frame === undefined ? this.#next(camera) : this.#stillOf(camera, this.#fullOf(frame, recent));
  }

  /** The camera is gone, or is opened with other masks: what was taken of it until now is handed over no more. */
  forget(camera: string): void {
    this.#recent.delete(camera);
    this.#epochs.set(camera, {});
  }

  /** @param result its pixels are valid during the call only */
  update({ frame, sourceDetections }: FrameResult): void {
    const { capturedAtMs, capturedMonotonicMs, sourceSize } = frame;
    this.#recentOf(frame.source)?.add({ capturedMonotonicMs, sourceSize, boxed: sourceDetections });
    const waiting = this.#wanted.get(frame.source);
    if (waiting === undefined) return;
    this.#wanted.delete(frame.source);
    const copy = { ...frame, pixels: frame.pixels.slice(0) };
    const encoded = this.#encode(copy, overlaySvg(sourceDetections, sourceSize));
    const picture = this.#stillOf(
      frame.source,
      encoded.then((jpeg) => ({ jpeg, capturedAtMs, sourceSize })),
    );
    for (const resolve of waiting) resolve(picture);
  }

  async #stillOf(camera: string, picture: Promise<Picture>): Promise<Picture> {
    const epoch = this.#epochs.get(camera);
    const taken = await picture;
    if (this.#epochs.get(camera) !== epoch)
      throw expected('a picture of the camera as it is now', camera, 'one from before');
    return taken;
  }

  #recentOf(camera: string): RecentBoxes<Detection> | undefined {
    if (!this.#full?.cameras.includes(camera)) {
      this.#recent.delete(camera);
      return undefined;
    }
    const recent = this.#recent.get(camera) ?? new RecentBoxes<Detection>();
    this.#recent.set(camera, recent);
    return recent;
  }

  #next(camera: string): Promise<Picture> {
    return new Promise((resolve) => {
      this.#wanted.set(camera, [...(this.#wanted.get(camera) ?? []), resolve]);
    });
  }

  async #fullOf(frame: Frame, recent: RecentBoxes<Detection>): Promise<Picture> {
    const { capturedAtMs, sourceSize } = frame;
    const moment = await recent.nearest(frame.capturedMonotonicMs);
    const detections = (moment?.boxed ?? []).map((detection) => ({
      ...detection,
      box: scaledBox(detection.box, moment!.sourceSize, sourceSize),
    }));
    return { jpeg: await this.#encode(frame, overlaySvg(detections, sourceSize)), capturedAtMs, sourceSize };
  }
}
