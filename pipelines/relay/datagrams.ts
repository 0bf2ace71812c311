// A camera that sends RTP over UDP -> its packets as they would come within the RTSP connection.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { failed } from './camera-socket.js';
import { PacketOrder } from './packet-order.js';

export interface DatagramsOptions {
  /** Address of the camera: what others send is thrown away. */
  readonly from: string;
  /** Of `rtp` and `rtcp` in the order of the packets, with the prefix of an interleaved one. */
  readonly onPacket: (channel: number, bytes: Buffer) => void;
  /** Packets are lost: pictures up to the next key frame may lack parts. */
  readonly onLoss: () => void;
}

export const CHANNELS = { rtp: 0, rtcp: 1 } as const;
const TRIES = 20;
const PORTS = { first: 20_000, last: 60_000 } as const;
/** Half a second of a camera of 8 Mbit/s. */
const RECEIVE_BUFFER_BYTES = 1 << 19;
const DOLLAR = 0x24;

export class Datagrams {
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  readonly #options: DatagramsOptions;
  readonly #order = new PacketOrder();
  #serverPorts: readonly [number, number] | undefined;

  private constructor(rtp: Socket, rtcp: Socket, options: DatagramsOptions) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#options = options;
    const isCamera = (address: string) =>
      address.replace(/^::ffff:/, '') === options.from.replace(/^::ffff:/, '');
    rtp.on('message', (bytes, { address }) => isCamera(address) && this.#onRtp(bytes));
    rtcp.on(
      'message',
      (bytes, { address }) =>
        isCamera(address) && options.onPacket(CHANNELS.rtcp, framed(CHANNELS.rtcp, bytes)),
    );
    for (const socket of [rtp, rtcp]) socket.on('error', () => {});
  }

  /** @param multicast group and port that the camera sends to @throws CaptureError where no ports are free */
  static async open(
    options: DatagramsOptions,
    multicast?: { readonly group: string; readonly port: number },
  ): Promise<Datagrams> {
    const type = isIPv6(options.from) ? 'udp6' : 'udp4';
    for (let i = 0; i < TRIES; i++) {
      // RTP has the even port of a pair (RFC 3550, section 11).
      const any = 2 * Math.floor((PORTS.first + Math.random() * (PORTS.last - PORTS.first)) / 2);
      const port = multicast?.port ?? any;
      const pair = [0, 1].map(() =>
        createSocket({ type, reuseAddr: multicast !== undefined, recvBufferSize: RECEIVE_BUFFER_BYTES }),
      );
      try {
        for (const [at, socket] of pair.entries()) {
          socket.bind(port + at);
          await once(socket, 'listening');
          if (multicast !== undefined) socket.addMembership(multicast.group);
        }
        return new Datagrams(pair[0]!, pair[1]!, options);
      } catch {
        for (const socket of pair) socket.close();
      }
    }
    throw failed('unreachable', 'no pair of free UDP ports');
  }

  /** Of RTP; RTCP has the next. */
  get port(): number {
    return this.#rtp.address().port;
  }

  /** Where the camera sends from: a packet there opens the way through routers and firewalls. */
  sendTo(ports: readonly [number, number]): void {
    this.#serverPorts = ports;
    this.#rtp.send(Buffer.alloc(0), ports[0], this.#options.from);
    this.#rtcp.send(Buffer.alloc(0), ports[1], this.#options.from);
  }

  /** @param bytes RTCP of GStreamer with the prefix of an interleaved packet */
  report(bytes: Buffer): void {
    if (this.#serverPorts !== undefined)
      this.#rtcp.send(bytes.subarray(4), this.#serverPorts[1], this.#options.from);
  }

  close(): void {
    this.#rtp.close();
    this.#rtcp.close();
  }

  #onRtp(bytes: Buffer): void {
    for (const next of this.#order.push(bytes)) {
      if (next.kind === 'loss') this.#options.onLoss();
      else this.#options.onPacket(CHANNELS.rtp, framed(CHANNELS.rtp, next.bytes));
    }
  }
}

function framed(channel: number, bytes: Buffer): Buffer {
  const prefix = Buffer.from([DOLLAR, channel, bytes.length >> 8, bytes.length & 0xff]);
  return Buffer.concat([prefix, bytes]);
}
