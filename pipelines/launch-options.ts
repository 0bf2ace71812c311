// What is wanted of a source, and what there is to do it with.

import type { GateOptions } from './capture/child/gate.js';
import type { Delivery, InputSize } from './frame.js';
import type { Masks } from './masks.js';
import type { LargestPicture } from './picture-size.js';

/** `realtime` plays recordings as fast as they were made, `unpaced` as fast as frames are taken. */
export type Pace = 'realtime' | 'unpaced';

export interface LaunchOptions {
  /** Width a multiple of 4, as planar rows of GStreamer are padded to 4 bytes. */
  readonly inputSize: InputSize;
  readonly delivery: Delivery;
  readonly pace: Pace;
  readonly prefer?: PreferredElements;
  /** Passes over frames of a scene in which nothing moves; for delivery `newest`. */
  readonly motion?: GateOptions | undefined;
  /** Larger ones are refused before they are decoded. Default 8K. */
  readonly largest?: LargestPicture | undefined;
  readonly masks?: Masks | undefined;
  /** The last pictures of the source are kept for who asks for one of them; for delivery `newest`. */
  readonly keepPictures?: boolean;
  /** Windows of frames may be asked for, at the size of the source; for delivery `newest`. */
  readonly windows?: boolean;
  /** The packets of the source are kept so long for who asks for them, where it has such that a clip is made of. */
  readonly keepPacketsMs?: number | undefined;
  /** A playlist whose live stream has ended is not played, as by who watches it for as long as the daemon lives. */
  readonly onlyLive?: boolean;
  /** The source is a row of pictures, each of which may have a size of its own. */
  readonly isRow?: boolean;
  /** The source is a still picture. */
  readonly isPicture?: boolean;
}

/** Elements that suit a device; what does not exist is passed over. */
export interface PreferredElements {
  /** The best first. */
  readonly decoders: readonly string[];
  /** The source of cameras on the board. */
  readonly camera?: string | undefined;
}

/** Whether GStreamer has an element of the name. */
export type Exists = (element: string) => boolean;
