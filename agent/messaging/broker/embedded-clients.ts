// Connections to the embedded broker -> which of them may stay.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isLoopback } from '../../config/broker-address.js';
import { Dropped, type EmbeddedConnection } from './embedded-connection.js';

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** For the agent itself. */
export function newOwnLogin(): Login {
  return { username: 'cspcam', password: randomBytes(24).toString('base64url') };
}

export interface EmbeddedClientsOptions {
  /** What every client has to give; undefined lets all in. */
  readonly login: Login | undefined;
  /** Beside the agent itself. */
  readonly maximumClients: number;
  /** The agent's: nobody else may take its place. */
  readonly clientIds: readonly string[];
  /** Of the agent; default a new one. */
  readonly ownLogin?: Login | undefined;
}

/** Return codes of MQTT 3.1.1. */
export type Refusal = { readonly code: 2 | 3 | 4; readonly why: string };

/** Opened, and not let in yet: the oldest goes when there are more. */
const MOST_WAITING = 64;
/** Of what waits to be taken by all clients together. */
const MOST_BACKLOG_BYTES = 32 * 1024 * 1024;

export class EmbeddedClients {
  /** The agent's own, of which nobody else knows: there is always a place for it. */
  readonly ownLogin: Login;
  readonly #options: EmbeddedClientsOptions;
  readonly #all = new Set<EmbeddedConnection>();
  readonly #waiting = new Set<EmbeddedConnection>();

  constructor(options: EmbeddedClientsOptions) {
    this.#options = options;
    this.ownLogin = options.ownLogin ?? newOwnLogin();
  }

  /** A connection of which nothing is known. @returns why it may not stay */
  opened(connection: EmbeddedConnection): string | undefined {
    const { maximumClients } = this.#options;
    const fromThere = [...this.#all].filter(({ address }) => address === connection.address).length;
    // The agent itself comes from this machine.
    if (!isLoopback(connection.address) && fromThere >= Math.max(2, maximumClients / 2))
      return 'too many connections from one address';
    this.#all.add(connection);
    this.#waiting.add(connection);
    connection.once('close', () => {
      this.#all.delete(connection);
      this.#waiting.delete(connection);
    });
    const [oldest] = this.#waiting;
    if (this.#waiting.size > MOST_WAITING)
      oldest?.destroy(new Dropped('too many connections without a login'));
    return undefined;
  }

  /** Marks the agent's own. @returns why the client may not come in */
  admit(connection: EmbeddedConnection, clientId: string, given: Partial<Login>): Refusal | undefined {
    const { login, clientIds, maximumClients } = this.#options;
    if (isSame(given, this.ownLogin)) connection.isOwn = true;
    else if (login !== undefined && !isSame(given, login)) return { code: 4, why: 'a wrong login' };
    else if (clientIds.includes(clientId)) return { code: 2, why: 'the client id of the agent' };
    else {
      const others = [...this.#all].filter((one) => !(one.isOwn || this.#waiting.has(one)));
      if (others.length >= maximumClients) return { code: 3, why: 'too many clients' };
    }
    this.#waiting.delete(connection);
    return undefined;
  }

  /** Ends the connection for which most is waiting, where it is too much. */
  checkBacklog(): void {
    let sum = 0;
    let worst: EmbeddedConnection | undefined;
    for (const one of this.#all) {
      sum += one.waitingBytes;
      if (worst === undefined || one.waitingBytes > worst.waitingBytes) worst = one;
    }
    if (sum > MOST_BACKLOG_BYTES) worst?.destroy(new Dropped('a client that reads too slowly'));
  }

  /** Ends those that have taken nothing since the last time, though something waits for them. */
  endStalled(): void {
    for (const one of this.#all)
      if (!one.hasTakenSome()) one.destroy(new Dropped('a client that reads nothing'));
  }

  endAll(): void {
    for (const one of this.#all) one.destroy();
  }
}

/** Takes as long whatever is given. */
function isSame(given: Partial<Login>, login: Login): boolean {
  const isUser = timingSafeEqual(digest(given.username ?? ''), digest(login.username));
  const isPassword = timingSafeEqual(digest(given.password ?? ''), digest(login.password));
  return isUser && isPassword;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
