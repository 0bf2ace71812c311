// Requests on one connection of the camera of the tests -> answers, and the packets of its stream from PLAY on.

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { goodbye, RtpPackets } from './rtp-packets.js';
import type { CameraAnswer, CameraRequest, RtspCameraOptions } from './rtsp-camera.js';

const TICKS_PER_FRAME = 3600;
const GROUP = '239.255.71.12';

interface UdpTarget {
  readonly socket: UdpSocket;
  readonly address: string;
  /** Of RTP; RTCP goes to the next. */
  readonly port: number;
}

/** One connection: its stream begins with PLAY. */
export class CameraSession {
  readonly #socket: Socket;
  readonly #options: RtspCameraOptions;
  readonly #onFrame: () => void;
  readonly #packets: RtpPackets;
  #udp: UdpTarget | undefined;
  #frame = 0;
  #isPlaying = false;

  constructor(socket: Socket, options: RtspCameraOptions, onFrame: () => void) {
    this.#socket = socket;
    this.#options = options;
    this.#onFrame = onFrame;
    this.#packets = new RtpPackets(options.clip.codec);
    socket.on('close', () => this.#udp?.socket.close());
  }

  /** In their order. */
  async answer(request: CameraRequest, usual: CameraAnswer): Promise<void> {
    const { answer = (same: CameraAnswer) => same, segments = (bytes: Buffer) => [bytes] } = this.#options;
    const said = answer(await this.#withTransport(request, usual), request);
    if (said === undefined || this.#socket.destroyed) return;
    const parts = segments(encode({ ...said, headers: { CSeq: request.headers['cseq'], ...said.headers } }));
    const isAccepted = said.status.startsWith('200');
    const plays = request.method === 'PLAY' && isAccepted;
    if (plays && this.#options.eager) this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    if (plays) void this.#stream();
    if (request.method === 'TEARDOWN' && isAccepted) this.#isPlaying = false;
    this.#socket.uncork();
  }

  async #withTransport(request: CameraRequest, usual: CameraAnswer): Promise<CameraAnswer> {
    if (request.method !== 'SETUP' || !usual.status.startsWith('200')) return usual;
    const Transport = await this.#transport(request.headers['transport'] ?? '');
    return { ...usual, headers: { ...usual.headers, Transport } };
  }

  async #transport(asked: string): Promise<string> {
    const { transport = 'tcp', channels: [rtp, rtcp] = [0, 1] } = this.#options;
    if (transport === 'tcp') return `RTP/AVP/TCP;unicast;interleaved=${rtp}-${rtcp}`;
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const from = socket.address().port;
    if (transport === 'multicast') {
      socket.setMulticastInterface('127.0.0.1');
      // An even port, of which the next is as free: nobody else is asked for it.
      const port = 2 * Math.floor((20_000 + Math.random() * 40_000) / 2);
      this.#udp = { socket, address: GROUP, port };
      return `RTP/AVP;multicast;destination=${GROUP};port=${port}-${port + 1};ttl=1`;
    }
    const port = Number(/client_port=(\d+)/.exec(asked)?.[1]);
    this.#udp = { socket, address: '127.0.0.1', port };
    return `RTP/AVP;unicast;client_port=${port}-${port + 1};server_port=${from}-${from}`;
  }

  async #stream(): Promise<void> {
    const { clip, startAt = 0, framesPerSecond = 25, send = (packets) => packets } = this.#options;
    const { ticks = (frame: number) => frame * TICKS_PER_FRAME } = this.#options;
    const { at = (frame: number) => startAt + frame } = this.#options;
    this.#isPlaying = true;
    while (!this.#socket.destroyed && this.#isPlaying) {
      if (this.#frame === this.#options.goodbyeAt) return this.#send(goodbye(), 1);
      const unit = clip.units[at(this.#frame) % clip.units.length]!;
      const sent = send(this.#packets.of(unit, ticks(this.#frame)), this.#frame);
      if (sent === undefined) {
        this.#socket.destroy();
        return;
      }
      for (const packet of sent) this.#send(packet);
      this.#frame++;
      this.#onFrame();
      // A client that reads no further is waited for.
      if (this.#socket.writableNeedDrain)
        await Promise.race([once(this.#socket, 'drain'), once(this.#socket, 'close')]);
      await wait(1000 / framesPerSecond);
    }
  }

  /** @param kind 0 for RTP, 1 for RTCP */
  #send(packet: Buffer, kind: 0 | 1 = 0): void {
    if (this.#udp !== undefined) this.#udp.socket.send(packet, this.#udp.port + kind, this.#udp.address);
    else {
      const channel = (this.#options.channels ?? [0, 1])[kind];
      const prefix = Buffer.from([0x24, channel, packet.length >> 8, packet.length & 0xff]);
      this.#socket.write(Buffer.concat([prefix, packet]));
    }
  }
}

function encode({ status, headers, body }: CameraAnswer): Buffer {
  const length = body === undefined ? undefined : `${Buffer.byteLength(body)}`;
  const lines = Object.entries({ ...headers, 'Content-Length': length }).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}`),
  );
  return Buffer.from([`RTSP/1.0 ${status}`, ...lines, '', body ?? ''].join('\r\n'), 'utf8');
}
