// Answers of a camera over HTTP, by path -> a server on loopback that asks for a login where it has one, and what it was
// asked for.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CameraLogin, type LoginRules } from './camera-login.js';
import type { Certificate } from './certificate.js';

export type HttpAnswer = (answer: ServerResponse, request: IncomingMessage) => unknown;

/** One JPEG, ten times a second, to each client for ever. */
export function motionJpeg(jpeg: Buffer): HttpAnswer {
  return (answer) => {
    answer.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=next' });
    const timer = setInterval(() => {
      answer.write(`--next\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`);
      answer.write(jpeg);
      answer.write('\r\n');
    }, 100);
    answer.on('close', () => clearInterval(timer));
  };
}

export class HttpCamera {
  readonly login: CameraLogin | undefined;
  /** Paths, in the order of the requests that were let in. */
  readonly asked: string[] = [];
  readonly #server: Server;

  readonly #scheme: 'http' | 'https';

  private constructor(answer: HttpAnswer, login: LoginRules | undefined, tls: Certificate | undefined) {
    this.login = login && new CameraLogin(login);
    const onRequest = (request: IncomingMessage, response: ServerResponse) => {
      const challenges = this.login?.refuse('GET', request.headers.authorization);
      if (challenges !== undefined) return response.writeHead(401, { 'www-authenticate': challenges }).end();
      this.asked.push(request.url!);
      return answer(response, request);
    };
    this.#scheme = tls ? 'https' : 'http';
    this.#server = tls
      ? createTlsServer({ key: tls.key, cert: tls.cert }, onRequest)
      : createServer(onRequest);
  }

  static async start(
    answer: HttpAnswer,
    login?: LoginRules,
    address = '127.0.0.1',
    tls?: Certificate,
  ): Promise<HttpCamera> {
    const camera = new HttpCamera(answer, login, tls);
    await once(camera.#server.listen(0, address), 'listening');
    return camera;
  }

  /** @param login `user:password` */
  url(path: string, login?: string): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${this.#scheme}://${login === undefined ? '' : `${login}@`}${address}:${port}${path}`;
  }

  /** Ends the connections that there are. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
