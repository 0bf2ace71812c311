// SETUP of a track within the RTSP connection (RFC 2326, section 10.12) -> its packets, whatever channels the camera takes.

import type { CameraConnection } from '../rtsp-connection.js';
import { header, statusOf } from '../rtsp-message.js';
import {
  CHANNELS,
  type PacketListener,
  type SetUpAnswer,
  type SetUpRequest,
  type Transport,
} from './transport.js';

const OFFER = `RTP/AVP/TCP;unicast;interleaved=${CHANNELS.rtp}-${CHANNELS.rtcp}`;
/** Of the channel in the prefix of a packet. */
const CHANNEL_BYTE = 1;

export async function setUpInterleaved({
  camera,
  uri,
  headers,
  listener,
}: SetUpRequest): Promise<SetUpAnswer> {
  const answer = await camera.request('SETUP', uri, { ...headers, Transport: OFFER });
  if (statusOf(answer) !== 200) return { answer };
  return { answer, transport: new Interleaved(camera, header(answer, 'Transport'), listener) };
}

/** @param transport of an answer; one without it means what was asked for */
export function isInterleaved(transport: string | undefined): boolean {
  return transport === undefined || /\/TCP\b|\binterleaved=/i.test(transport);
}

class Interleaved implements Transport {
  readonly #camera: CameraConnection;
  readonly #listener: PacketListener;
  readonly #channels: { readonly rtp: number; readonly rtcp: number };

  constructor(camera: CameraConnection, transport = '', listener: PacketListener) {
    this.#camera = camera;
    this.#listener = listener;
    const [, rtp, rtcp] = /\binterleaved=(\d{1,3})(?:-(\d{1,3}))?/.exec(transport) ?? [];
    this.#channels =
      rtp === undefined ? CHANNELS : { rtp: Number(rtp), rtcp: Number(rtcp ?? Number(rtp) + 1) };
  }

  /** What a camera sends on channels that nobody asked for goes no further. */
  onInterleaved(channel: number, bytes: Buffer): void {
    const kind =
      channel === this.#channels.rtp ? 'rtp' : channel === this.#channels.rtcp ? 'rtcp' : undefined;
    if (kind === undefined) return;
    bytes[CHANNEL_BYTE] = CHANNELS[kind];
    this.#listener.onPacket(kind, bytes);
  }

  report(rtcp: Buffer): void {
    const sent = Buffer.from(rtcp);
    sent[CHANNEL_BYTE] = this.#channels.rtcp;
    this.#camera.write(sent);
  }

  close(): void {}
}
