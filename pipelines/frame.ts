// What a source gives: one picture, already scaled into the model's input, with the times and the geometry
// that a consumer needs to put a box back where it came from.

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How a picture of another shape fills an input. */
export type Resize =
  | {
      /** Whole and undistorted; what is left is border. */
      readonly kind: 'letterbox';
      readonly align: 'centre' | 'top-left';
      /** Grey level of the border, 0 to 255. */
      readonly padding: number;
    }
  | { readonly kind: 'stretch' };

/** The input of a network. Pictures are by default letterboxed in its middle, on black. */
export interface InputSize extends Size {
  readonly resize?: Resize;
}

/** Pixels; x and y are the top left corner. */
export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

export interface Frame {
  /** Camera id in the daemon; file name or URI elsewhere. */
  readonly source: string;
  /** Counts the frames the source produced since it was opened, from 0; a gap is frames dropped or skipped. */
  readonly sequence: number;
  /** Frames passed over since the source was opened because nothing moved in them; default 0. */
  readonly skipped?: number;
  /** Where something moved of late, x1, y1, x2, y2 in parts of the picture; only where windows are wanted. */
  readonly moved?: readonly (readonly [x1: number, y1: number, x2: number, y2: number])[];
  /** Wall clock at capture, milliseconds since 1970. */
  readonly capturedAtMs: number;
  /** CLOCK_MONOTONIC at capture, milliseconds; comparable between processes of one machine. */
  readonly capturedMonotonicMs: number;
  /** Position in the recording or since the pipeline started, milliseconds. */
  readonly mediaTimeMs: number;
  readonly sourceSize: Size;
  readonly inputSize: Size;
  /** Where the source picture lies within the input; the rest is border. */
  readonly content: Rect;
  /** Planar RGB, uint8, (3, inputSize.height, inputSize.width). Transferred to the detector and given back. */
  readonly pixels: ArrayBuffer;
}

/** A part of a frame's picture, not scaled, as the input of a network. */
export interface WindowFrame {
  /** Camera id. */
  readonly source: string;
  /** Of the frame that it is a part of. */
  readonly sequence: number;
  readonly sourceSize: Size;
  /** Which part, in pixels of the source. */
  readonly window: Rect;
  /** Where it lies within the input; the rest is border. */
  readonly content: Rect;
  /** As those of a frame. */
  readonly pixels: ArrayBuffer;
}

/** How frames are handed over when the consumer is slower than the source. */
export type Delivery = 'newest' | 'all';

export interface FrameSource {
  readonly id: string;
  /** Frames until the source ends or the signal aborts. Throws CspcamError when the source cannot be read. */
  frames(signal: AbortSignal): AsyncIterable<Frame>;
}
