// GStreamer's RTSP on loopback -> its requests and its RTCP; the answers and the packets of a camera -> GStreamer.

import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { RtspError, type RtspMessage, RtspReader } from './rtsp-message.js';

export interface LocalListener {
  /** @returns the answer, as it is sent */
  onRequest(method: string, uri: string, request: RtspMessage): Promise<Buffer>;
  /** @param rtcp with the prefix of an interleaved packet */
  onReport(rtcp: Buffer): void;
  /** It takes bytes again. */
  onDrain(): void;
}

/** Two pictures of the largest that the gate hands on. */
const MOST_WAITING_BYTES = 1 << 25;

/** One client, which knows the path: whoever else is on this machine does not. */
export class LocalServer {
  readonly #path = `/${randomBytes(16).toString('hex')}/`;
  readonly #server: Server;
  readonly #listener: LocalListener;
  #client: Socket | undefined;
  #location = '';

  private constructor(listener: LocalListener) {
    this.#listener = listener;
    this.#server = createServer((client) => this.#onClient(client));
  }

  static async start(listener: LocalListener): Promise<LocalServer> {
    const local = new LocalServer(listener);
    await new Promise<void>((resolve, reject) => {
      local.#server.once('error', reject);
      local.#server.listen(0, '127.0.0.1', resolve);
    });
    local.#location = `rtsp://127.0.0.1:${(local.#server.address() as AddressInfo).port}${local.#path}`;
    return local;
  }

  /** For `rtspsrc`. */
  get location(): string {
    return this.#location;
  }

  /** Whether less waits for the client than may. */
  get hasRoom(): boolean {
    return (this.#client?.writableLength ?? 0) < MOST_WAITING_BYTES;
  }

  /** @returns whether it takes more at once */
  write(bytes: Buffer): boolean {
    return this.#client?.write(bytes) ?? true;
  }

  close(): void {
    this.#server.close();
    this.#client?.destroy();
  }

  #onClient(client: Socket): void {
    if (this.#client !== undefined) {
      client.destroy();
      return;
    }
    const reader = new RtspReader();
    client.setNoDelay(true);
    client.on('drain', () => this.#listener.onDrain());
    client.on('error', () => {});
    client.on('data', (chunk: Buffer) => {
      try {
        for (const next of reader.push(chunk)) {
          if (next.kind === 'message') this.#onRequest(client, next);
          else if (client === this.#client) this.#listener.onReport(next.bytes);
        }
      } catch (error) {
        if (!(error instanceof RtspError)) throw error;
        client.destroy();
      }
    });
  }

  #onRequest(client: Socket, request: RtspMessage): void {
    const [method = '', uri = ''] = request.startLine.split(' ');
    if (!uri.includes(this.#path)) {
      client.destroy();
      return;
    }
    if (this.#client === undefined) {
      this.#client = client;
      this.#server.close();
    }
    void this.#listener.onRequest(method, uri, request).then((answer) => client.write(answer));
  }
}
