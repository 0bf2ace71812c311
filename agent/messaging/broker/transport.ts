// Address and certificates -> a stream of bytes to the broker and back, without what is no MQTT or too long. The only owner of ws.

import { connect as connectTcp, isIP, type OnReadOpts } from 'node:net';
import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { createWebSocketStream, WebSocket } from 'ws';
import { IncomingLimit, type IncomingLimitOptions } from './incoming-limit.js';

export interface TransportOptions extends IncomingLimitOptions {
  /** Without user and password. */
  readonly url: URL;
  readonly tls: ConnectionOptions;
  readonly timeoutMs: number;
  /** Called once the broker can be spoken to. */
  readonly onOpen: () => void;
}

const READ_BYTES = 64 * 1024;
const PORTS: Partial<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883 };

/** First bytes of an answer: CONNACK, or AUTH which MQTT 5 may put before it. */
const ANSWERS = [0x20, 0xf0];
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^HTTP\//, 'an HTTP answer'],
  [/^AMQP/, 'an AMQP answer'],
  [/^SSH-/, 'an SSH answer'],
];
/** First bytes of an alert and of a handshake. */
const TLS = [0x15, 0x16];

/** What the other end speaks is something else: `message` says what. */
class OtherProtocolError extends Error {
  readonly code = 'OTHER_PROTOCOL';
}

/** Begins at once; errors come from the stream. */
export function openTransport(options: TransportOptions): Duplex {
  return new MqttBytes((onBytes) => open(options, onBytes), options);
}

/** @param onBytes what it is given is its own only until it returns */
type Open = (onBytes: (bytes: Buffer) => void) => Duplex;

function open(
  { url, tls, timeoutMs, maximumBytes, onOpen }: TransportOptions,
  onBytes: (bytes: Buffer) => void,
): Duplex {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || PORTS[url.protocol] || 0;
  switch (url.protocol) {
    case 'mqtt:':
      return connectTcp({ host, port, onread: intoOneBuffer(onBytes) })
        .once('connect', onOpen)
        .setNoDelay();
    case 'mqtts:': {
      const servername = isIP(host) === 0 ? { servername: host } : {};
      return connectTls({ ...tls, ...servername, host, port })
        .once('secureConnect', onOpen)
        .on('data', onBytes)
        .setNoDelay();
    }
    default: {
      // A frame is gathered before it is given on, so that of WebSockets a longer one ends the connection.
      const socket = new WebSocket(url, ['mqtt'], {
        ...tls,
        maxPayload: maximumBytes,
        perMessageDeflate: false,
        handshakeTimeout: timeoutMs,
      });
      socket.once('open', onOpen);
      return createWebSocketStream(socket).on('data', onBytes);
    }
  }
}

/** A buffer for each read would be garbage at once where somebody floods the broker: tens of megabytes until it is collected. */
function intoOneBuffer(onBytes: (bytes: Buffer) => void): OnReadOpts {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  return {
    buffer,
    callback: (length) => {
      onBytes(buffer.subarray(0, length));
      return true;
    },
  };
}

/** The bytes of another stream, read through an `IncomingLimit`. */
class MqttBytes extends Duplex {
  readonly #inner: Duplex;
  readonly #limit: IncomingLimit;
  #isFirst = true;
  #hasEnded = false;

  constructor(open: Open, { maximumBytes, maximumLiveBytes, onSkip }: TransportOptions) {
    super();
    const inner = open((bytes) => this.#receive(bytes));
    this.#inner = inner;
    this.#limit = new IncomingLimit({
      maximumBytes,
      ...(maximumLiveBytes !== undefined && { maximumLiveBytes }),
      onSkip: (skipped) => {
        // Unanswered, it would take a place among those that the broker sends at once, and come again.
        if (skipped.messageId !== undefined) inner.write(puback(skipped.messageId));
        onSkip(skipped);
      },
    });
    inner.once('end', () => this.#end());
    inner.once('error', (error) => this.destroy(error));
    inner.once('close', () => {
      this.#end();
      // What came before the end is still to be read.
      if (this.readableLength > 0) this.once('end', () => this.destroy());
      else this.destroy();
    });
  }

  #end(): void {
    if (!this.#hasEnded) this.push(null);
    this.#hasEnded = true;
  }

  #receive(chunk: Buffer): void {
    try {
      if (this.#isFirst) expectAnswer(chunk);
      this.#isFirst = false;
      for (const passed of this.#limit.pass(chunk)) if (!this.push(Buffer.from(passed))) this.#inner.pause();
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  override _read(): void {
    this.#inner.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#inner.write(chunk, encoding, done);
  }

  /** The parts of a packet in one piece. */
  override _writev(parts: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#inner.write(Buffer.concat(parts.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.#inner.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#inner.on('error', () => {}).destroy();
    done(error);
  }
}

function expectAnswer(chunk: Buffer): void {
  const first = chunk[0];
  if (first === undefined || ANSWERS.includes(first)) return;
  const text = chunk.toString('latin1', 0, 16);
  const known = TLS.includes(first) ? 'a TLS answer' : OTHERS.find(([start]) => start.test(text))?.[1];
  throw new OtherProtocolError(known ?? 'an answer that is no MQTT');
}

function puback(messageId: number): Buffer {
  return Buffer.from([0x40, 2, messageId >> 8, messageId & 255]);
}
