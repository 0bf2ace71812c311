// -> What the first steps say, again after a loss of the connection, and the answers to them.

import type { ClientMessage, ServerMessage } from '../protocol.js';

export interface StepsConnectionOptions {
  readonly onMessage: (message: ServerMessage) => void;
  readonly onLost: () => void;
}

const RETRY_MS = 1000;

export class StepsConnection {
  readonly #options: StepsConnectionOptions;
  #socket: WebSocket | undefined;

  constructor(options: StepsConnectionOptions) {
    this.#options = options;
  }

  open(): void {
    const { protocol, host } = window.location;
    const socket = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/api/live`);
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      const message = JSON.parse(data) as ServerMessage;
      // Nothing comes after either.
      if (message.kind === 'end' || message.kind === 'elsewhere') this.close();
      this.#options.onMessage(message);
    };
    socket.onclose = () => {
      this.#options.onLost();
      window.setTimeout(() => this.open(), RETRY_MS);
    };
    this.#socket = socket;
  }

  close(): void {
    if (this.#socket === undefined) return;
    this.#socket.onclose = null;
    this.#socket.close();
  }

  answer(message: ClientMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }
}
