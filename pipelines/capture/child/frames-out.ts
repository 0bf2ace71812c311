// Scaled pictures of an appsink -> frame records to the parent: all of them, or the newest while it is slow.

import { monotonicMs } from '#common/clock.js';
import type { CapturePlan } from '../../launch.js';
import { PrivacyPaint } from '../../masks.js';
import type { FrameRecord } from '../record-kinds.js';
import { rowBytes } from '../records.js';
import type { DropCount } from './drop-count.js';
import type { FramePlaces, Place } from './frame-places.js';
import type { FrameTimes } from './frame-times.js';
import { readGdp } from './gdp.js';
import type { MotionWatch } from './motion-watch.js';
import type { ParentLink } from './parent-link.js';
import { picturePlanes } from './picture-planes.js';
import type { AppSink } from './pipeline.js';
import type { RecentPictures } from './recent-pictures.js';
import { geometryOf, type SourceGeometry } from './source-geometry.js';
import type { WindowsOut } from './windows-out.js';

export interface FramesOutOptions {
  readonly plan: CapturePlan;
  readonly sink: AppSink;
  readonly link: ParentLink;
  readonly times: FrameTimes;
  readonly drops: DropCount;
  readonly motion: MotionWatch | undefined;
  /** Both are told of each frame as it is sent. */
  readonly pictures: Pick<RecentPictures, 'onSent'> | undefined;
  readonly windows: Pick<WindowsOut, 'onSent'> | undefined;
  /** Looks at the size of the source now; `onLooked` follows. */
  readonly lookAgain: () => void;
  /** @param produced frames, dropped ones included */
  readonly onStreamEnd: (produced: number) => void;
}

/** What is looked at may be the picture before the one that is held; where sizes come and go faster none is of it. */
const LOOKS = 2;
/** Where the source waits for the held picture to be taken, no other comes that could be looked at. */
const LONGEST_LOOK_MS = 1000;

interface Picture {
  readonly planes: NonNullable<ReturnType<typeof picturePlanes>>;
  readonly told: Place['told'];
}

export class FramesOut {
  readonly #options: FramesOutOptions;
  readonly #places: FramePlaces;
  readonly #privacy: PrivacyPaint;
  #isSending = false;
  /** Sends the newest frame that came while another was on its way. */
  #sendWaiting: (() => void) | undefined;
  /** Goes on with a picture whose source is being looked at. */
  #held: (() => void) | undefined;

  constructor(options: FramesOutOptions, places: FramePlaces) {
    this.#options = options;
    this.#places = places;
    this.#privacy = new PrivacyPaint(options.plan.masks?.privacy ?? []);
  }

  /** The size of the source has just been looked at. */
  onLooked(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.();
  }

  /** The first: its source has been looked at. */
  start(): void {
    this.#pull();
  }

  /** Further ones of a row: each after a look at its own source. */
  #next(): void {
    const { plan, link, lookAgain } = this.#options;
    if (plan.looksAtEach !== true) this.#pull();
    else if (!link.hasEnded) {
      this.#held = () => this.#pull();
      lookAgain();
    }
  }

  #pull(): void {
    if (!this.#options.link.hasEnded) this.#options.sink.pull((packet, caps) => this.#onPacket(packet, caps));
  }

  #onPacket(packet: Buffer | null, caps: Record<string, unknown>): void {
    if (packet === null) {
      this.#options.onStreamEnd(this.#options.drops.produced);
      return;
    }
    const { kind, ptsMs, payload } = readGdp(packet);
    const scaled = kind === 'buffer' ? geometryOf(caps.streamheader) : undefined;
    if (scaled === undefined) {
      this.#pull();
      return;
    }
    const picture = this.#pictureOf(payload, scaled, ptsMs);
    if (picture === undefined) this.#hold(LOOKS, payload, scaled, ptsMs);
    else this.#onPicture(picture, ptsMs);
  }

  /** The first of another size: what that is is looked at before anything is said of it. */
  #hold(looks: number, payload: Buffer, scaled: SourceGeometry, ptsMs: number | undefined): void {
    const timer = setTimeout(() => {
      this.#held = undefined;
      this.#onPicture(undefined, ptsMs);
    }, LONGEST_LOOK_MS);
    this.#held = () => {
      clearTimeout(timer);
      const picture = this.#pictureOf(payload, scaled, ptsMs);
      if (picture === undefined && looks > 1) this.#hold(looks - 1, payload, scaled, ptsMs);
      else this.#onPicture(picture, ptsMs);
    };
    this.#options.lookAgain();
  }

  #pictureOf(payload: Buffer, scaled: SourceGeometry, ptsMs: number | undefined): Picture | undefined {
    const { inputSize } = this.#options.plan;
    const place = this.#places.of(scaled, ptsMs);
    const told = place?.told;
    const planes =
      place &&
      picturePlanes(payload, scaled, { content: place.told.content, inputSize, centred: place.centred });
    return planes && told && { planes, told };
  }

  /** @param picture nothing for one that came too early or too late to be placed */
  #onPicture(picture: Picture | undefined, ptsMs: number | undefined): void {
    const { plan, drops, motion, pictures, times, windows } = this.#options;
    if (picture === undefined) {
      // Numbers of those that were dropped elsewhere are found by time stamps.
      if (plan.delivery === 'all') drops.next();
      this.#next();
      return;
    }
    const nowMs = monotonicMs();
    const number = () => (plan.delivery === 'all' ? drops.next() : drops.nextAt(ptsMs, nowMs));
    const counts = motion?.passed(ptsMs) ?? { sequence: number(), skipped: 0 };
    const send = () => {
      const time = times.next(ptsMs, nowMs);
      const capturedAtMs = Date.now() - (monotonicMs() - time.capturedMonotonicMs);
      pictures?.onSent(counts.sequence, ptsMs, capturedAtMs);
      this.#send({ kind: 'frame', ...counts, ...time, capturedAtMs, ...picture.told }, picture.planes);
      windows?.onSent(counts.sequence, ptsMs, time.capturedMonotonicMs);
    };
    if (this.#isSending) this.#sendWaiting = send;
    else send();
    if (plan.delivery === 'newest') this.#next();
  }

  #send(record: FrameRecord, planes: readonly [Buffer, Buffer, Buffer]): void {
    const { link, plan } = this.#options;
    const { content, sourceSize } = record;
    // Nothing leaves by another way. The rows hold the picture alone, wherever it lies in the input.
    const layout = { stride: rowBytes(content.width), content: { ...content, x: 0, y: 0 } };
    this.#privacy.paint(planes, layout, sourceSize);
    this.#isSending = true;
    link.sendFrame(record, planes, () => {
      this.#isSending = false;
      const sendNext = this.#sendWaiting;
      this.#sendWaiting = undefined;
      if (link.hasEnded) return;
      if (sendNext !== undefined) sendNext();
      else if (plan.delivery === 'all') this.#next();
    });
  }
}
