// Small pictures of all frames -> which frames are scaled, sent and looked at, and their numbers.

import { monotonicMs } from '#common/clock.js';
import type { Polygon } from '../../masks.js';
import type { FrameRecord } from '../record-kinds.js';
import type { DropCount } from './drop-count.js';
import { type GateOptions, MotionGate } from './gate.js';
import { readGdp } from './gdp.js';
import { MotionDetector } from './motion.js';
import type { AppSink, Identity } from './pipeline.js';

/** More than queue, scaler and appsink hold. */
const KEPT_FRAMES = 8;

interface SmallFrame {
  readonly ptsMs: number | undefined;
  readonly sequence: number;
}

export interface MotionWatchOptions {
  readonly motion: GateOptions;
  /** What moves in them is not seen. */
  readonly unseen: readonly Polygon[];
  /** Says also where something moved. */
  readonly tellsWhere: boolean;
  readonly sink: AppSink;
  /** Stands in front of the scaler, and lets frames through or not. */
  readonly gate: Identity;
  readonly drops: DropCount;
  /** Nothing more is to be read. */
  readonly hasEnded: () => boolean;
}

export class MotionWatch {
  readonly #options: MotionWatchOptions;
  readonly #gate: MotionGate;
  readonly #detector: MotionDetector;
  /** Frames whose scaled pictures may be under way. */
  readonly #recent: SmallFrame[] = [];
  #last = -1;
  #isOpen = true;
  /** A frame has passed whose small picture is still to come. */
  #isAhead = false;

  constructor(options: MotionWatchOptions) {
    this.#options = options;
    this.#gate = new MotionGate(options.motion);
    this.#detector = new MotionDetector(options.unseen, options.tellsWhere);
  }

  start(): void {
    this.#options.sink.pull((packet) => {
      // At the end of the stream the sink of its frames tells.
      if (packet === null || this.#options.hasEnded()) return;
      const { kind, ptsMs, payload } = readGdp(packet);
      if (kind === 'buffer') this.#onPicture(payload, ptsMs);
      this.start();
    });
  }

  /** A frame has passed, scaled. @returns its number, how many were passed over until it, and what moved of late */
  passed(ptsMs: number | undefined): Pick<FrameRecord, 'sequence' | 'skipped' | 'moved'> {
    this.#gate.looked(monotonicMs());
    this.#turn();
    const known = this.#recent.find((frame) => ptsMs !== undefined && frame.ptsMs === ptsMs);
    this.#isAhead = known === undefined;
    this.#last = Math.max(this.#last + 1, known?.sequence ?? this.#options.drops.produced);
    return {
      sequence: this.#last,
      skipped: this.#gate.skipped,
      ...(this.#options.tellsWhere && { moved: this.#detector.moved }),
    };
  }

  #onPicture(luma: Buffer, ptsMs: number | undefined): void {
    const nowMs = monotonicMs();
    this.#recent.push({ ptsMs, sequence: this.#options.drops.nextAt(ptsMs, nowMs) });
    if (this.#recent.length > KEPT_FRAMES) this.#recent.shift();
    this.#gate.see(this.#detector.see(luma, nowMs), nowMs, this.#isAhead);
    this.#isAhead = false;
    this.#turn();
  }

  #turn(): void {
    if (this.#gate.isOpen === this.#isOpen) return;
    this.#isOpen = this.#gate.isOpen;
    this.#options.gate['drop-probability'] = this.#isOpen ? 0 : 1;
  }
}
