// A packet of a camera, as it was coded, and what a player has to know of its stream. Plain values.

import type { Size } from '../frame.js';

export const PACKET_CODECS = ['h264', 'h265'] as const;

export interface PacketStream {
  readonly codec: (typeof PACKET_CODECS)[number];
  readonly size: Size;
  /** AVCDecoderConfigurationRecord or HEVCDecoderConfigurationRecord (ISO 14496-15), in base64. */
  readonly configuration: string;
}

/** Its bytes are those of one picture, its units with their lengths in front, in the order of decoding. */
export interface PacketInfo {
  readonly isKey: boolean;
  /** Presentation time; where it counts from is the camera's business. */
  readonly ptsMs: number;
  readonly capturedMonotonicMs: number;
}
