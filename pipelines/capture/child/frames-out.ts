// Scaled pictures of an appsink -> frame records to the parent: all of them, or the newest while it is slow.

import { monotonicMs } from '#common/clock.js';
import type { Size } from '../../frame.js';
import type { CapturePlan } from '../../launch.js';
import { letterbox } from '../../letterbox.js';
import type { FrameRecord } from '../records.js';
import type { DropCount } from './drop-count.js';
import type { FrameTimes } from './frame-times.js';
import { readGdp } from './gdp.js';
import type { MotionWatch } from './motion-watch.js';
import type { ParentLink } from './parent-link.js';
import { picturePlanes } from './picture-planes.js';
import type { AppSink } from './pipeline.js';
import type { SourceGeometry } from './source-geometry.js';

export interface FramesOutOptions {
  readonly plan: CapturePlan;
  readonly sink: AppSink;
  readonly link: ParentLink;
  readonly times: FrameTimes;
  readonly drops: DropCount;
  readonly motion: MotionWatch | undefined;
  /** @param produced frames, dropped ones included */
  readonly onStreamEnd: (produced: number) => void;
}

/** Size of the source picture, and its part within the input. */
type Place = Pick<FrameRecord, 'sourceSize' | 'content'>;

export class FramesOut {
  readonly #options: FramesOutOptions;
  #place: Place;
  #isSending = false;
  /** Sends the newest frame that came while another was on its way. */
  #sendWaiting: (() => void) | undefined;

  constructor(options: FramesOutOptions, geometry: SourceGeometry) {
    this.#options = options;
    this.#place = placeOf(geometry, options.plan.inputSize);
  }

  /** The source has changed its size. */
  setGeometry(geometry: SourceGeometry): void {
    this.#place = placeOf(geometry, this.#options.plan.inputSize);
  }

  /** Rows of the input that hold the picture. */
  get rows(): number {
    return this.#place.content.height;
  }

  pull(): void {
    if (!this.#options.link.hasEnded) this.#options.sink.pull((packet) => this.#onPacket(packet));
  }

  #onPacket(packet: Buffer | null): void {
    const { plan, drops, motion, times, onStreamEnd } = this.#options;
    if (packet === null) {
      onStreamEnd(drops.produced);
      return;
    }
    const { kind, ptsMs, payload } = readGdp(packet);
    const place = this.#place;
    const planes = kind === 'buffer' ? picturePlanes(payload, plan.inputSize, place.content) : undefined;
    if (planes === undefined) {
      this.pull();
      return;
    }
    const nowMs = monotonicMs();
    const number = () => (plan.delivery === 'all' ? drops.next() : drops.nextAt(ptsMs, nowMs));
    const counts = motion?.passed(ptsMs) ?? { sequence: number(), skipped: 0 };
    const send = () => {
      const time = times.next(ptsMs, nowMs);
      const capturedAtMs = Date.now() - (monotonicMs() - time.capturedMonotonicMs);
      this.#send({ kind: 'frame', ...counts, ...time, capturedAtMs, ...place }, planes);
    };
    if (this.#isSending) this.#sendWaiting = send;
    else send();
    if (plan.delivery === 'newest') this.pull();
  }

  #send(record: FrameRecord, planes: readonly [Buffer, Buffer, Buffer]): void {
    const { link, plan } = this.#options;
    this.#isSending = true;
    link.sendFrame(record, planes, () => {
      this.#isSending = false;
      const sendNext = this.#sendWaiting;
      this.#sendWaiting = undefined;
      if (link.hasEnded) return;
      if (sendNext !== undefined) sendNext();
      else if (plan.delivery === 'all') this.pull();
    });
  }
}

function placeOf({ width, height, pixel }: SourceGeometry, inputSize: Size): Place {
  return { sourceSize: { width, height }, content: letterbox({ width, height }, inputSize, pixel) };
}
