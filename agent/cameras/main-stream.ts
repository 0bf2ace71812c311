// A camera that is looked at by a smaller stream -> full pictures of it: its main stream, opened for one and closed again.

import { retryDelayMs } from '#common/backoff.js';
import { type Clock, systemClock } from '#common/clock.js';
import { CspcamError } from '#common/errors.js';
import type { Camera } from '../../pipelines/capture/camera.js';
import type { CameraOptions } from '../../pipelines/capture/camera-options.js';
import {
  CaptureError,
  FAILURES,
  type Failure,
  type FailureReport,
  failureError,
} from '../../pipelines/failure.js';
import type { Frame, InputSize, Size } from '../../pipelines/frame.js';

/** What became of the last picture that was wanted. */
export type MainStreamState =
  | { readonly sourceSize: Size }
  | (FailureReport & {
      /** The stream is not opened any sooner. */
      readonly retryInMs: number;
    });

export interface MainStreamOptions {
  /** As the configuration has it. */
  readonly uri: string;
  /** Makes the camera that reads it, not started. */
  readonly make: (opening: Pick<CameraOptions, 'inputSize' | 'onFrame' | 'onStatus'>) => Camera;
  readonly onState: (state: MainStreamState) => void;
  readonly clock?: Clock;
  /** 0 to 1 */
  readonly random?: () => number;
}

/** What most cameras give: a picture of another size is taken twice, the first time. */
const USUAL: Size = { width: 1920, height: 1080 };
/** Larger ones are scaled down: 75 MB of 8K in the daemon are too many. */
const MOST_PIXELS = 3840 * 2160;

export class MainStream {
  readonly #options: MainStreamOptions;
  readonly #clock: Clock;
  readonly #failures = new Map<Failure, number>();
  #closed = new AbortController();
  #inputSize: Size = USUAL;
  #failed: (FailureReport & { readonly untilMs: number }) | undefined;
  #taking: Promise<Frame> | undefined;

  constructor(options: MainStreamOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * A picture of now; who asks while one is being taken gets the same. Its pixels are for reading.
   *
   * @throws CspcamError where the stream gives none; after that at once, until its class of failure may be tried again
   */
  picture(): Promise<Frame> {
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  /** The next picture is tried at once: somebody has asked for it, or mended something. */
  forgetFailures(): void {
    this.#failures.clear();
    this.#failed = undefined;
  }

  /** No process is left when it resolves. Pictures may be taken again after it. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#taking?.catch(() => {});
    this.#closed = new AbortController();
  }

  async #take(): Promise<Frame> {
    const { uri, onState } = this.#options;
    const failed = this.#failed;
    if (failed !== undefined && this.#clock.nowMs() < failed.untilMs) throw failureError(uri, failed);
    try {
      let frame = await this.#first(this.#inputSize);
      const { sourceSize } = frame;
      const wanted = pictureSize(sourceSize);
      if (wanted.width !== this.#inputSize.width || wanted.height !== this.#inputSize.height) {
        this.#inputSize = wanted;
        frame = await this.#first(wanted);
      }
      this.forgetFailures();
      onState({ sourceSize: frame.sourceSize });
      return atItsSize(frame);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      this.#fail(error.report);
      throw failureError(uri, error.report);
    }
  }

  #fail(report: FailureReport): void {
    const { onState, random = Math.random } = this.#options;
    const failures = (this.#failures.get(report.failure) ?? 0) + 1;
    this.#failures.set(report.failure, failures);
    const retryInMs = retryDelayMs(FAILURES[report.failure].retry, failures, random());
    this.#failed = { ...report, untilMs: this.#clock.nowMs() + retryInMs };
    onState({ ...report, retryInMs });
  }

  /** The first frame that comes. */
  async #first(inputSize: InputSize): Promise<Frame> {
    const { signal } = this.#closed;
    let camera: Camera | undefined;
    let closed = () => {};
    try {
      return await new Promise<Frame>((resolve, reject) => {
        closed = () => reject(new CspcamError('expected a picture, received the end of the camera'));
        if (signal.aborted) return closed();
        signal.addEventListener('abort', closed);
        camera = this.#options.make({
          inputSize,
          onFrame: resolve,
          onStatus: (status) => {
            // By itself it would try again; here whoever wants a picture does.
            if (status.state !== 'retrying') return;
            const { failure, message } = status;
            reject(new CaptureError({ failure, message }));
          },
        });
        camera.start();
      });
    } finally {
      // It holds the picture, and the signal lives as long as the camera.
      signal.removeEventListener('abort', closed);
      await camera?.close();
    }
  }
}

/** Rows of GStreamer are padded to four bytes; the rest of the width is border. */
function pictureSize({ width, height }: Size): Size {
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (width * height)));
  return { width: Math.ceil((width * scale) / 4) * 4, height: Math.round(height * scale) };
}

/** One that was scaled down stays so. */
function atItsSize(frame: Frame): Frame {
  const { content, sourceSize } = frame;
  const isSmaller = content.width * content.height < 0.9 * sourceSize.width * sourceSize.height;
  return isSmaller ? { ...frame, sourceSize: { width: content.width, height: content.height } } : frame;
}
