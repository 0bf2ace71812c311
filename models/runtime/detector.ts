// Pixels -> boxes: what the frame path needs of whoever executes the network.

import type { Detection } from '../detection.js';
import type { ModelDescription } from '../folder/description.js';
import type { NetworkChoice } from './network.js';

export interface DetectorResult {
  /** In input pixels, best score first. */
  readonly inputBoxes: readonly Detection[];
  /** The buffer that was passed in, given back for reuse. */
  readonly pixels: ArrayBuffer;
  readonly inferenceMs: number;
  readonly decodeMs: number;
}

export interface Detector {
  readonly model: ModelDescription;
  /** Execution provider in use, for example `cpu` or `tensorrt`. */
  readonly provider: string;
  /** Floats or integers, in which form, and why. */
  readonly network: NetworkChoice;
  /** Frames worked on at the same time; what is asked beyond waits. */
  readonly sessions: number;
  /**
   * Answers come in the order of the questions with one session; with several, each as it is ready.
   *
   * @param pixels planar RGB uint8 (3, H, W); detached by the call
   */
  detect(pixels: ArrayBuffer): Promise<DetectorResult>;
  /** Safe to call twice. */
  close(): Promise<void>;
}
