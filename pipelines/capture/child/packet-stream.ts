// Caps of coded packets, as GStreamer writes them -> their stream, where it can stand in an MP4 as it is. Pure.

import type { PacketStream } from '../packet.js';

const CODECS: Readonly<Record<string, PacketStream['codec']>> = {
  'video/x-h264': 'h264',
  'video/x-h265': 'h265',
};

/** @returns what else it is, for people */
export function streamOf(caps: string): PacketStream | { readonly other: string } {
  const name = /^[\w/.-]+/.exec(caps)?.[0] ?? 'nothing';
  const codec = CODECS[name];
  if (codec === undefined) return { other: `video as ${name}` };
  const codecData = /\bcodec_data=\(buffer\)([0-9a-f]+)/.exec(caps)?.[1];
  const width = Number(/\bwidth=\(int\)(\d+)/.exec(caps)?.[1]);
  const height = Number(/\bheight=\(int\)(\d+)/.exec(caps)?.[1]);
  // In byte streams the parameters are somewhere between the pictures.
  if (codecData === undefined || !(width > 0 && height > 0))
    return { other: `${name} without its parameters` };
  return { codec, size: { width, height }, configuration: Buffer.from(codecData, 'hex').toString('base64') };
}
