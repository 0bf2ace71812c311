// An address, a login and limits -> a small MQTT 3.1.1 broker inside the agent. The only owner of aedes.

import { createServer, type Server, type Socket } from 'node:net';
import {
  Aedes,
  type AedesPublishPacket,
  type AuthenticateError,
  type Client,
  type PublishPacket,
} from 'aedes';
import { monotonicMs } from '#common/clock.js';
import { expected } from '#common/errors.js';
import { type Address, listen } from '#common/listen.js';
import type { Part } from '#common/part.js';
import { isLoopback } from '../../config/broker-address.js';
import { EmbeddedClients, type Login } from './embedded-clients.js';
import { Dropped, EmbeddedConnection } from './embedded-connection.js';
import { Pace } from './pace.js';
import { RetainedBudget } from './retained-budget.js';

export interface EmbeddedBrokerOptions extends Address {
  /** Both or neither; needed where others than this machine reach the address. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** At the same time, beside the agent itself. */
  readonly maxClients?: number;
  /** Of what others than the agent have it keep. */
  readonly maxRetainedMegabytes?: number;
  /** Of the agent: no stranger may use them. */
  readonly clientIds?: readonly string[];
  /** Of the agent itself, where one before had it; default a new one. */
  readonly ownLogin?: Login | undefined;
  /** Is told of what was refused or dropped, of each kind at most once a minute. */
  readonly onNotice?: (notice: EmbeddedBrokerNotice) => void;
}

export interface EmbeddedBrokerNotice {
  readonly why: string;
  readonly address: string;
  /** How often since the last notice of this kind. */
  readonly times: number;
}

/** The longest that the agent sends is a picture of 1 MiB. */
const LONGEST_MESSAGE_BYTES = (1024 + 64) * 1024;
/** Requests to connect, with the will in them, and to subscribe. */
const LONGEST_OTHER_BYTES = 16 * 1024;
/** A message of QoS 2 is kept until it is released. */
const LONGEST_QOS_2_BYTES = 64 * 1024;
const MOST_QOS_2 = 20;
const MOST_SUBSCRIPTIONS = 100;
const MOST_TOPIC_LEVELS = 32;
const MOST_RETAINED_TOPICS = 2000;
/** What is worth nothing later is not sent to a client for which so much is waiting. */
const SLOW_BYTES = 4 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 5000;
const STALLED_MS = 10_000;
const WRONG_LOGIN_MS = 1000;
const NOTICE_MS = 60_000;
/** The event loop is that of the agent: of each other client, and of all together. */
const OF_ONE = { perSecond: 500, burst: 1000 };
const OF_ALL = { perSecond: 2000, burst: 4000 };
/** What a subscription has sent of what is kept, as work of so many packets. */
const TOPICS_PER_PACKET = 20;
const BYTES_PER_PACKET = 100_000;

/**
 * For a site without a broker. All that is kept or waits is bounded, sessions end with their connections, and no
 * client can push the agent itself out.
 */
export class EmbeddedBroker implements Part {
  readonly #options: EmbeddedBrokerOptions;
  readonly #stopped = new AbortController();
  readonly #clients: EmbeddedClients;
  readonly #retained: RetainedBudget;
  readonly #pace = new Pace({ ...OF_ALL, nowMs: monotonicMs });
  readonly #notices = new Map<string, { atMs: number; times: number }>();
  #address: Address;
  #starting: Promise<void> = Promise.resolve();
  #aedes: Aedes | undefined;
  #server: Server | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: EmbeddedBrokerOptions) {
    const {
      host,
      port,
      username,
      password,
      maxClients = 20,
      maxRetainedMegabytes = 16,
      clientIds = [],
    } = options;
    this.#options = options;
    this.#address = { host, port };
    this.#clients = new EmbeddedClients({
      login: username === undefined || password === undefined ? undefined : { username, password },
      maximumClients: maxClients,
      clientIds,
      ownLogin: options.ownLogin,
    });
    this.#retained = new RetainedBudget({
      maximumTopics: MOST_RETAINED_TOPICS,
      maximumBytes: maxRetainedMegabytes * 1e6,
    });
  }

  /** Where it listens: once it has started, with the port that was taken. */
  get address(): Address {
    return this.#address;
  }

  /** For the agent itself: of this run, and not that of the configuration. */
  get ownLogin(): Login {
    return this.#clients.ownLogin;
  }

  /** @throws CspcamError where it cannot listen, or others would reach it without a login */
  start(signal: AbortSignal): Promise<void> {
    this.#starting = this.#start(AbortSignal.any([signal, this.#stopped.signal]));
    return this.#starting;
  }

  /** Ends all connections. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { host, username, password } = this.#options;
    if (!isLoopback(host) && (username === undefined || password === undefined))
      throw expected(
        'username and password, as others reach it',
        'mqtt.embeddedBroker',
        `host ${host} without`,
      );
    const aedes = await Aedes.createBroker({
      // Deliveries never wait for a client, so that there is nothing to queue.
      concurrency: 0,
      connectTimeout: CONNECT_TIMEOUT_MS,
      maxInflightInbound: MOST_QOS_2,
      maxTopicLevels: MOST_TOPIC_LEVELS,
      preConnect: (_client, packet, done) => {
        // Sessions that outlive their connection would gather messages for ever.
        packet.clean = true;
        done(null, true);
      },
      authenticate: (client, username, password, done) =>
        this.#authenticate(client, username, password, done),
      authorizePublish: (client, packet, done) => done(this.#refusePublish(client, packet)),
      authorizeSubscribe: (client, subscription, done) =>
        done(null, this.#maySubscribe(client, subscription.topic) ? subscription : null),
      authorizeForward: (client, packet) => this.#forwarded(client, packet),
    });
    forgetAcknowledged(aedes);
    aedes.on('connectionError', (client, error) => this.#dropped(client, error));
    aedes.on('clientError', (client, error) => this.#dropped(client, error));
    const server = createServer((socket) => this.#connected(aedes, socket));
    try {
      this.#address = await listen(server, this.#address, 'mqtt.embeddedBroker', signal);
    } catch (error) {
      await closed(aedes);
      throw error;
    }
    this.#aedes = aedes;
    this.#server = server;
    this.#timer = setInterval(() => this.#clients.endStalled(), STALLED_MS);
  }

  async #stop(): Promise<void> {
    this.#stopped.abort();
    await this.#starting.catch(() => {});
    clearInterval(this.#timer);
    const server = this.#server;
    const aedes = this.#aedes;
    if (server === undefined || aedes === undefined) return;
    const ended = new Promise((resolve) => server.close(resolve));
    await closed(aedes);
    this.#clients.endAll();
    await ended;
  }

  #connected(aedes: Aedes, socket: Socket): void {
    const connection = new EmbeddedConnection(socket, {
      maximumBytes: LONGEST_MESSAGE_BYTES,
      maximumOtherBytes: LONGEST_OTHER_BYTES,
      pace: new Pace({ ...OF_ONE, nowMs: monotonicMs, shared: this.#pace }),
      onBacklog: () => this.#clients.checkBacklog(),
    });
    const refusal = this.#clients.opened(connection);
    if (refusal !== undefined) {
      this.#note(refusal, connection.address);
      connection.destroy();
      return;
    }
    aedes.handle(connection);
  }

  #authenticate(
    client: Client,
    username: string | undefined,
    password: Buffer | undefined,
    done: (error: AuthenticateError | null, success: boolean | null) => void,
  ): void {
    const connection = connectionOf(client);
    const refusal = this.#clients.admit(connection, client.id, {
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password: password.toString() }),
    });
    if (refusal === undefined) {
      done(null, true);
      return;
    }
    const { code, why } = refusal;
    this.#note(why, connection.address);
    const answer = () => done(Object.assign(new Error(why), { returnCode: code }), null);
    setTimeout(answer, WRONG_LOGIN_MS).unref();
  }

  /** @returns why the client has to go; what cannot be kept is passed on all the same */
  #refusePublish(client: Client | null, packet: PublishPacket): Error | null {
    const isOwn = client !== null && connectionOf(client).isOwn;
    const { payload } = packet;
    if (packet.topic.startsWith('$')) return new Dropped('a message on a topic of the broker');
    if (packet.qos === 2 && payload.length > LONGEST_QOS_2_BYTES && !isOwn)
      return new Dropped('a long message with QoS 2');
    if (!packet.retain) return null;
    if (this.#retained.admit(packet.topic, payload.length, isOwn)) {
      // A copy of its own: the piece of memory into which it was read with others may be many times as long.
      packet.payload = copyOf(payload);
    } else {
      packet.retain = false;
      if (client !== null) this.#note('too much to keep', connectionOf(client).address);
    }
    return null;
  }

  #maySubscribe(client: Client, filter: string): boolean {
    if (filter.startsWith('$')) return false;
    const connection = connectionOf(client);
    const { topics, bytes } = this.#retained.total;
    if (!connection.isOwn) connection.charge(topics / TOPICS_PER_PACKET + bytes / BYTES_PER_PACKET);
    const { subscriptions } = client as Client & {
      readonly subscriptions: Readonly<Record<string, unknown>>;
    };
    return Object.keys(subscriptions).length < MOST_SUBSCRIPTIONS || subscriptions[filter] !== undefined;
  }

  #forwarded(client: Client, packet: AedesPublishPacket): AedesPublishPacket | null {
    const isLate = packet.qos === 0 && !packet.retain && connectionOf(client).waitingBytes > SLOW_BYTES;
    return isLate ? null : packet;
  }

  #dropped(client: Client, error: Error): void {
    if (error instanceof Dropped) this.#note(error.message, connectionOf(client).address);
  }

  #note(why: string, address: string): void {
    const now = monotonicMs();
    const kind = why.replace(/\d+/g, 'n');
    const before = this.#notices.get(kind) ?? { atMs: Number.NEGATIVE_INFINITY, times: 0 };
    before.times++;
    this.#notices.set(kind, before);
    if (now - before.atMs < NOTICE_MS) return;
    this.#options.onNotice?.({ why, address, times: before.times });
    this.#notices.set(kind, { atMs: now, times: 0 });
  }
}

/** Not of the pool, pieces of which others keep too. */
function copyOf(payload: string | Buffer): Buffer {
  const copy = Buffer.alloc(Buffer.byteLength(payload));
  copy.set(Buffer.from(payload));
  return copy;
}

function connectionOf(client: Client): EmbeddedConnection {
  return client.conn as EmbeddedConnection;
}

/**
 * Sessions end with their connections, so that nothing is kept for an acknowledgement to clear. aedes would begin a list of
 * it for each client id that ever acknowledged a message, and keep that.
 */
function forgetAcknowledged(aedes: Aedes): void {
  const { persistence } = aedes as unknown as { readonly persistence: object };
  Object.assign(persistence, { outgoingClearMessageId: async () => undefined });
}

function closed(aedes: Aedes): Promise<void> {
  return new Promise((resolve) => aedes.close(() => resolve()));
}
