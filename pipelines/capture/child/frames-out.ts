// Scaled pictures of an appsink -> frame records to the parent: all of them, or the newest while it is slow.

import { monotonicMs } from '#common/clock.js';
import type { InputSize, Rect } from '../../frame.js';
import type { CapturePlan } from '../../launch.js';
import { letterbox, placeContent } from '../../letterbox.js';
import type { FrameRecord } from '../records.js';
import type { DropCount } from './drop-count.js';
import type { FrameTimes } from './frame-times.js';
import { readGdp } from './gdp.js';
import type { MotionWatch } from './motion-watch.js';
import type { ParentLink } from './parent-link.js';
import { picturePlanes } from './picture-planes.js';
import type { AppSink } from './pipeline.js';
import { geometryOf, type SourceGeometry } from './source-geometry.js';

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
interface Place {
  readonly told: Pick<FrameRecord, 'sourceSize' | 'content'>;
  /** Where GStreamer puts it by itself. */
  readonly centred: Rect;
}

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

  /** The part of the input that holds the picture. */
  get content(): Rect {
    return this.#place.told.content;
  }

  pull(): void {
    if (!this.#options.link.hasEnded) this.#options.sink.pull((packet, caps) => this.#onPacket(packet, caps));
  }

  #onPacket(packet: Buffer | null, caps: Record<string, unknown>): void {
    const { plan, drops, motion, times, onStreamEnd } = this.#options;
    if (packet === null) {
      onStreamEnd(drops.produced);
      return;
    }
    const { kind, ptsMs, payload } = readGdp(packet);
    const { told, centred } = this.#place;
    const size = kind === 'buffer' ? geometryOf(caps.streamheader) : undefined;
    const { inputSize } = plan;
    const planes = size && picturePlanes(payload, size, { content: told.content, inputSize, centred });
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
      this.#send({ kind: 'frame', ...counts, ...time, capturedAtMs, ...told }, planes);
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

function placeOf({ width, height, pixel }: SourceGeometry, inputSize: InputSize): Place {
  const sourceSize = { width, height };
  const content = placeContent(sourceSize, inputSize, pixel);
  const isStretched = inputSize.resize?.kind === 'stretch';
  return {
    told: { sourceSize, content },
    centred: isStretched ? content : letterbox(sourceSize, inputSize, pixel),
  };
}
