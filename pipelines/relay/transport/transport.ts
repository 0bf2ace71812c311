// How the packets of a track come from a camera -> what the relay sees of it, the same for each way.

import type { CameraConnection } from '../rtsp-connection.js';
import type { RtspMessage } from '../rtsp-message.js';

/** What GStreamer is told, and the channels of all packets here, however they come. */
export const CHANNELS = { rtp: 0, rtcp: 1 } as const;
export type Kind = keyof typeof CHANNELS;

export interface PacketListener {
  /** @param bytes in the order of the camera's, with the prefix of an interleaved packet on the channel of its kind */
  onPacket(kind: Kind, bytes: Buffer): void;
  /** Packets are lost: pictures up to the next key frame may lack parts. */
  onLoss(): void;
}

export interface Transport {
  /** @param bytes that came within the connection */
  onInterleaved(channel: number, bytes: Buffer): void;
  /** @param rtcp of GStreamer for the camera, with the prefix of an interleaved packet */
  report(rtcp: Buffer): void;
  close(): void;
}

export interface SetUpRequest {
  readonly camera: CameraConnection;
  readonly uri: string;
  /** Of GStreamer's request, but for its transport. */
  readonly headers: Readonly<Record<string, string>>;
  readonly listener: PacketListener;
}

export interface SetUpAnswer {
  readonly answer: RtspMessage;
  /** Where the camera accepts. */
  readonly transport?: Transport;
}
