// Answers of a camera over HTTP, by path -> a server on loopback that asks for a login where it has one, and what it was
// asked for.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CameraLogin, type LoginRules } from './camera-login.js';

export type HttpAnswer = (answer: ServerResponse, request: IncomingMessage) => unknown;

export class HttpCamera {
  readonly login: CameraLogin | undefined;
  /** Paths, in the order of the requests that were let in. */
  readonly asked: string[] = [];
  readonly #server: Server;

  private constructor(answer: HttpAnswer, login: LoginRules | undefined) {
    this.login = login && new CameraLogin(login);
    this.#server = createServer((request, response) => {
      const challenges = this.login?.refuse('GET', request.headers.authorization);
      if (challenges !== undefined) return response.writeHead(401, { 'www-authenticate': challenges }).end();
      this.asked.push(request.url!);
      return answer(response, request);
    });
  }

  static async start(answer: HttpAnswer, login?: LoginRules, address = '127.0.0.1'): Promise<HttpCamera> {
    const camera = new HttpCamera(answer, login);
    await once(camera.#server.listen(0, address), 'listening');
    return camera;
  }

  /** @param login `user:password` */
  url(path: string, login?: string): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${login === undefined ? '' : `${login}@`}${address}:${port}${path}`;
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
