// What a camera is told, and what it tells.

import type { Clock } from '#common/clock.js';
import type { FailureReport } from '../failure.js';
import type { Frame, InputSize, WindowFrame } from '../frame.js';
import type { FramePool } from '../frame-pool.js';
import type { Pace, PreferredElements } from '../launch-options.js';
import type { Masks } from '../masks.js';
import type { LargestPicture } from '../picture-size.js';
import type { CameraTrust } from '../trust.js';
import type { GateOptions } from './child/gate.js';
import type { Knock } from './knock.js';
import type { Capture, CaptureHandlers } from './process.js';
import type { NoPacketsRecord, PacketRecord } from './record-kinds.js';

export type CameraStatus =
  | { readonly state: 'starting' | 'waiting-for-key-frame' | 'running' | 'ended' | 'stopped' }
  | ({ readonly state: 'retrying'; readonly attempt: number; readonly retryInMs: number } & FailureReport);

/** Of who asks a camera for its coded packets. */
export interface PacketListener {
  /** So long they are kept for who asks. */
  readonly keepMs: number;
  onPacket(record: PacketRecord, bytes: Uint8Array): void;
  /** The camera has none that a clip can be made of. */
  onNone(record: NoPacketsRecord): void;
  /** The capture has ended, and with it whatever it was asked for. */
  onEnd(): void;
}

export interface CameraOptions extends CameraTrust {
  readonly id: string;
  /** A URI that `parseSource` reads. */
  readonly uri: string;
  readonly inputSize: InputSize;
  readonly pool: FramePool;
  /** Gets each frame as it comes, and gives its pixels back to the pool. */
  readonly onFrame: (frame: Frame) => void;
  readonly onStatus: (status: CameraStatus) => void;
  /** Gets the windows that `look()` asked for, after their frame; without it none can be asked for. */
  readonly onWindow?: ((window: WindowFrame) => void) | undefined;
  /** Recordings start again at their end. Default true. */
  readonly loop?: boolean;
  readonly pace?: Pace;
  /** Passes over frames of a scene in which nothing moves; default none. */
  readonly motion?: GateOptions | undefined;
  readonly prefer?: PreferredElements;
  readonly masks?: Masks | undefined;
  /** So that `picture()` gives some. Default false. */
  readonly keepPictures?: boolean;
  readonly packets?: PacketListener | undefined;
  /** Larger ones are refused before they are decoded. Default 8K. */
  readonly largest?: LargestPicture | undefined;
  /** Without a frame for so long, also at the start, the capture process is killed. Default 10 s. */
  readonly stallTimeoutMs?: number;
  /** The same where packets come, but none that a picture can begin with. Default 45 s. */
  readonly keyFrameTimeoutMs?: number;
  /** Of its capture process, in use; one with more is killed and started again. Default 1 GB. */
  readonly memoryBytes?: number | undefined;
  readonly clock?: Clock;
  /** Tells that somebody answers again where nobody did. */
  readonly knock?: Knock;
  /** 0 to 1 */
  readonly random?: () => number;
  /** Starts a capture; by default a process with a GStreamer pipeline. */
  readonly capture?: (handlers: CaptureHandlers, signal: AbortSignal) => Promise<Capture>;
}
