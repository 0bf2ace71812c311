// A camera that sends RTP over UDP -> its packets as they would come within the RTSP connection.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { monotonicMs } from '#common/clock.js';
import { failed } from '../camera-socket.js';
import { INTERLEAVED_PREFIX_BYTES } from '../rtsp-message.js';
import { PacketOrder } from './packet-order.js';
import { CHANNELS, type Kind, type PacketListener, type Transport } from './transport.js';

export interface MulticastGroup {
  readonly group: string;
  /** Of RTP; RTCP has the next. */
  readonly port: number;
  /** Our address of IPv4 in the network in which the group is joined; nothing, and the system chooses. */
  readonly network?: string | undefined;
}

const TRIES = 20;
const PORTS = { first: 20_000, last: 60_000 } as const;
/** Half a second of a camera of 8 Mbit/s. */
const RECEIVE_BUFFER_BYTES = 1 << 19;
const DOLLAR = 0x24;

export class Datagrams implements Transport {
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  readonly #from: string;
  readonly #listener: PacketListener;
  readonly #order = new PacketOrder();
  #serverPorts: readonly [rtp: number, rtcp: number] | undefined;

  private constructor(rtp: Socket, rtcp: Socket, from: string, listener: PacketListener) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#from = from;
    this.#listener = listener;
    const isCamera = (address: string) => plain(address) === plain(from);
    rtp.on('message', (bytes, { address }) => isCamera(address) && this.#onRtp(bytes));
    rtcp.on('message', (bytes, { address }) => {
      if (isCamera(address)) listener.onPacket('rtcp', framed('rtcp', bytes));
    });
    for (const socket of [rtp, rtcp]) socket.on('error', () => {});
  }

  /**
   * @param from address of the camera: what others send is thrown away
   * @throws CaptureError where no ports are free, or the group cannot be joined
   */
  static async open(from: string, listener: PacketListener, joined?: MulticastGroup): Promise<Datagrams> {
    let reason = '';
    for (let i = 0; i < TRIES; i++) {
      const port = joined?.port ?? anyPort();
      const pair = [0, 1].map(() =>
        createSocket({
          type: isIPv6(from) ? 'udp6' : 'udp4',
          // Others on this machine may listen to the group too.
          reuseAddr: joined !== undefined,
          recvBufferSize: RECEIVE_BUFFER_BYTES,
        }),
      );
      try {
        for (const [at, socket] of pair.entries()) {
          socket.bind(port + at);
          await once(socket, 'listening');
          if (joined !== undefined) socket.addMembership(joined.group, joined.network);
        }
        return new Datagrams(pair[0]!, pair[1]!, from, listener);
      } catch (error) {
        reason = (error as Error).message;
        for (const socket of pair) socket.close();
      }
    }
    throw failed('unreachable', `no pair of UDP ports (${reason})`);
  }

  /** Of RTP; RTCP has the next. */
  get port(): number {
    return this.#rtp.address().port;
  }

  /** Where the camera sends from: a packet there opens the way through routers and firewalls. */
  sendTo(ports: readonly [rtp: number, rtcp: number]): void {
    this.#serverPorts = ports;
    this.#rtp.send(Buffer.alloc(0), ports[0], this.#from);
    this.#rtcp.send(Buffer.alloc(0), ports[1], this.#from);
  }

  /** The packets come another way. */
  onInterleaved(): void {}

  report(rtcp: Buffer): void {
    if (this.#serverPorts !== undefined)
      this.#rtcp.send(rtcp.subarray(INTERLEAVED_PREFIX_BYTES), this.#serverPorts[1], this.#from);
  }

  close(): void {
    this.#rtp.close();
    this.#rtcp.close();
  }

  #onRtp(bytes: Buffer): void {
    for (const next of this.#order.push(bytes, monotonicMs())) {
      if (next.kind === 'loss') this.#listener.onLoss();
      else this.#listener.onPacket('rtp', framed('rtp', next.bytes));
    }
  }
}

/** RTP has the even port of a pair (RFC 3550, section 11). */
function anyPort(): number {
  return 2 * Math.floor((PORTS.first + Math.random() * (PORTS.last - PORTS.first)) / 2);
}

/** An address of IPv4, however a socket of both kinds writes it. */
function plain(address: string): string {
  return address.replace(/^::ffff:/, '');
}

function framed(kind: Kind, bytes: Buffer): Buffer {
  const prefix = Buffer.from([DOLLAR, CHANNELS[kind], bytes.length >> 8, bytes.length & 0xff]);
  return Buffer.concat([prefix, bytes]);
}
