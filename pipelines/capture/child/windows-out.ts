// Unscaled pictures of an appsink -> windows of frames that have been sent, where the parent wants some.

import { monotonicMs } from '#common/clock.js';
import type { InputSize, Rect, Size } from '../../frame.js';
import { type Polygon, PrivacyPaint, polygonsIn } from '../../masks.js';
import { placeWindow } from '../../window.js';
import { rowBytes } from '../records.js';
import type { WindowsRequest } from '../requests.js';
import { readGdp } from './gdp.js';
import type { ParentLink } from './parent-link.js';
import { cut } from './picture-planes.js';
import type { AppSink, Identity } from './pipeline.js';
import { geometryOf, type SourceGeometry } from './source-geometry.js';

export interface WindowsOutOptions {
  readonly sink: AppSink;
  /** Lets frames through to the sink or not. */
  readonly gate: Identity;
  readonly link: Pick<ParentLink, 'sendFrame' | 'hasEnded'>;
  readonly inputSize: InputSize;
  readonly privacy: readonly Polygon[];
}

interface SentFrame {
  readonly sequence: number;
  readonly ptsMs: number;
  readonly capturedMonotonicMs: number;
}

interface Picture {
  readonly ptsMs: number;
  readonly payload: Buffer;
  readonly geometry: SourceGeometry;
}

/** Frames that may have been sent since their unscaled pictures were let through. */
const KEPT_FRAMES = 8;

/** A picture is matched with its frame by its time stamp: both are of one buffer of the source. */
export class WindowsOut {
  readonly #options: WindowsOutOptions;
  readonly #sent: SentFrame[] = [];
  #wanted: WindowsRequest | undefined;
  #later: NodeJS.Timeout | undefined;
  /** Frames up to here were sent before they were wanted. */
  #afterMs = Number.NEGATIVE_INFINITY;
  /** Waits for its frame to be sent. */
  #held: Picture | undefined;
  #isPulling = false;

  constructor(options: WindowsOutOptions) {
    this.#options = options;
  }

  want(request: WindowsRequest): void {
    const { notBeforeMs = 0 } = request;
    this.#wanted = request;
    if (this.#held !== undefined) return;
    clearTimeout(this.#later);
    // Pictures are converted for nothing before.
    this.#later = setTimeout(() => this.#begin(), Math.max(0, notBeforeMs - monotonicMs())).unref();
  }

  /** A frame has gone to the parent. */
  onSent(sequence: number, ptsMs: number | undefined, capturedMonotonicMs: number): void {
    if (ptsMs === undefined) return;
    if (ptsMs <= this.#newestMs) this.#beginAnew();
    this.#sent.push({ sequence, ptsMs, capturedMonotonicMs });
    if (this.#sent.length > KEPT_FRAMES) this.#sent.shift();
    this.#match();
  }

  /** Time stamps have gone back: what is held is of a series that has ended. */
  #beginAnew(): void {
    this.#sent.length = 0;
    this.#afterMs = Number.NEGATIVE_INFINITY;
    if (this.#held === undefined) return;
    this.#held = undefined;
    this.#letThrough(true);
    this.#pull();
  }

  get #newestMs(): number {
    return this.#sent.at(-1)?.ptsMs ?? Number.NEGATIVE_INFINITY;
  }

  #begin(): void {
    this.#afterMs = this.#newestMs;
    this.#letThrough(true);
    this.#pull();
  }

  #letThrough(passes: boolean): void {
    this.#options.gate['drop-probability'] = passes ? 0 : 1;
  }

  #pull(): void {
    if (this.#isPulling || this.#options.link.hasEnded) return;
    this.#isPulling = true;
    this.#options.sink.pull((packet, caps) => {
      this.#isPulling = false;
      // The end of the stream is told by the sink of its frames.
      if (packet === null || this.#wanted === undefined) return;
      const { kind, ptsMs, payload } = readGdp(packet);
      const geometry = kind === 'buffer' ? geometryOf(caps.streamheader) : undefined;
      if (geometry === undefined || ptsMs === undefined || ptsMs <= this.#afterMs) {
        this.#pull();
        return;
      }
      this.#held = { ptsMs, payload, geometry };
      this.#letThrough(false);
      this.#match();
    });
  }

  #match(): void {
    const held = this.#held;
    if (held === undefined) return;
    const frame = this.#sent.find(({ ptsMs }) => ptsMs === held.ptsMs);
    if (frame === undefined && this.#newestMs < held.ptsMs) return;
    this.#held = undefined;
    const request = this.#wanted;
    if (request === undefined) return;
    const { windows, notBeforeMs = 0 } = request;
    // The frame itself was dropped, or is not looked at.
    if (frame === undefined || frame.capturedMonotonicMs < notBeforeMs) {
      this.want(request);
      return;
    }
    this.#wanted = undefined;
    for (const window of windows) this.#send(frame.sequence, held, window);
  }

  /** Of a source that has changed its size nothing is sent: what was wanted lies elsewhere now. */
  #send(sequence: number, { payload, geometry }: Picture, window: Rect): void {
    const { link, inputSize, privacy } = this.#options;
    const { width, height, pixel } = geometry;
    const stride = rowBytes(width);
    const isSquare = pixel.numerator === pixel.denominator;
    if (!isSquare || payload.length !== 3 * stride * height || link.hasEnded) return;
    if (!fits(window, geometry, inputSize)) return;
    const plane = (index: number) =>
      cut(payload.subarray(index * stride * height, (index + 1) * stride * height), stride, window);
    const planes = [plane(2), plane(0), plane(1)] as const;
    const sourceSize = { width, height };
    const content = { x: 0, y: 0, width: window.width, height: window.height };
    const paint = new PrivacyPaint(polygonsIn(privacy, window, sourceSize));
    paint.paint(planes, { stride: rowBytes(window.width), content }, window);
    link.sendFrame(
      { kind: 'window', sequence, sourceSize, window, content: placeWindow(window, inputSize) },
      planes,
    );
  }
}

function fits({ x, y, width, height }: Rect, picture: Size, most: Size): boolean {
  return (
    Math.min(x, y) >= 0 &&
    Math.min(width, height) > 0 &&
    x + width <= picture.width &&
    y + height <= picture.height &&
    width <= most.width &&
    height <= most.height
  );
}
