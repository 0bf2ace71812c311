// What a parent asks of its capture process while it runs <-> lines of JSON on its stdin, after the plan. Pure.

import type { Rect } from '../frame.js';

/** Something drawn on a picture, in pixels of its source: an outline, or a small picture in one colour, such as a line of text. */
export type Drawing =
  | {
      readonly kind: 'outline';
      /** The line lies within. */
      readonly rect: Rect;
      readonly thickness: number;
      /** Of JPEG (JFIF), each 0 to 255. */
      readonly colour: { readonly y: number; readonly u: number; readonly v: number };
    }
  | {
      readonly kind: 'tile';
      readonly rect: Rect;
      /** Luma of each pixel, one byte, in base64. */
      readonly luma: string;
      readonly colour: { readonly u: number; readonly v: number };
    };

/** One JPEG of a picture. */
export interface PicturePart {
  /** In pixels of the source, clipped to it; default the whole picture. */
  readonly rect?: Rect | undefined;
  /** A wider one is scaled down to it, in pixels; default the size of the source. */
  readonly maxWidth?: number | undefined;
  /** 1 to 100 */
  readonly quality: number;
  readonly drawings?: readonly Drawing[] | undefined;
}

export interface PictureRequest {
  readonly kind: 'picture';
  /** Comes back with the answer. */
  readonly id: number;
  /** Of a frame that was sent, as the process counts them; default the newest picture. */
  readonly sequence?: number | undefined;
  readonly parts: readonly PicturePart[];
}

/** Parts of the next frame, unscaled, in this order; in place of any that were asked for and have not come. */
export interface WindowsRequest {
  readonly kind: 'windows';
  /** In pixels of the source. Nothing comes of one that does not lie within the picture. */
  readonly windows: readonly Rect[];
  /** CLOCK_MONOTONIC at capture: frames before are not looked at. */
  readonly notBeforeMs?: number | undefined;
}

/** The packets of the camera as they came, from a key frame on, and those that come. */
export interface PacketsRequest {
  readonly kind: 'packets';
  /** Comes back with each packet. A request takes the place of the one before. */
  readonly id: number;
  /** CLOCK_MONOTONIC: they begin with the last key frame captured by then, or the first that is kept. */
  readonly sinceMs: number;
}

export interface PacketsEndRequest {
  readonly kind: 'packets-end';
  readonly id: number;
}

export type CaptureRequest = PictureRequest | WindowsRequest | PacketsRequest | PacketsEndRequest;

export function requestLine(request: CaptureRequest): string {
  return `${JSON.stringify(request)}\n`;
}

/** Chunks of text -> the lines in them, each once it is whole. */
export class Lines {
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.#onLine(line);
  }
}
