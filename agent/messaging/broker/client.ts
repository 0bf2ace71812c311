// Broker settings and a will -> one connection, from connect to close. The only owner of mqtt.js.

import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import mqtt, { type IClientOptions, type IClientPublishOptions } from 'mqtt';
import type { MqttConfig } from '../../config/schema.js';
import type { Done, Outcome } from '../outcome.js';
import type { Skipped } from './incoming-limit.js';
import { type BrokerLimits, limitsOf } from './limits.js';
import { reasonWords, refusedFor } from './reasons.js';
import { openTransport } from './transport.js';

/** Sent by us, or by the broker in our place. */
export interface Outgoing {
  readonly topic: string;
  readonly payload: Payload;
  readonly options: SendOptions;
}

export interface Incoming {
  readonly topic: string;
  readonly payload: Buffer;
  /** The broker kept it for whoever subscribes later: an old request must not be carried out. */
  readonly retained: boolean;
}

export interface ConnectionEvents {
  onConnect(limits: BrokerLimits): void;
  /** Is given what comes on the topics that were subscribed to. */
  onMessage(message: Incoming): void;
  /** Is told of a message that was too long to be taken. */
  onSkip(skipped: Skipped): void;
  /**
   * Called once, connected before or not; a failure carries the broker's reason code or errno.
   *
   * @param wasReached there was a connection on which the broker could have answered
   */
  onClose(failure: Error | undefined, wasReached?: boolean): void;
}

export interface BrokerConnection {
  /** Bytes that have not left this process. */
  readonly unsentBytes: number;
  /** @param done is told what became of it; with QoS 0, that the broker has answered something sent after it */
  send(message: Outgoing, done?: Done): void;
  /** Asks for an answer that does nothing else. */
  ping(done: Done): void;
  /** Asks for QoS 1. */
  subscribe(filter: string, done: Done): void;
  unsubscribe(filters: readonly string[]): void;
  /** Takes leave of the broker, which then does not send the will. */
  goodbye(): Promise<void>;
  /** Cuts the connection. */
  destroy(): void;
}

export type Payload = string | Buffer;

export interface SendOptions {
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** This and all below are of MQTT 5 only. */
  readonly expirySeconds?: number | undefined;
  readonly contentType?: string | undefined;
  readonly userProperties?: Readonly<Record<string, string>> | undefined;
}

/** Where it is, and how one gets in. */
export type BrokerLogin = Pick<MqttConfig, 'url' | 'username' | 'password' | 'tls'>;
export type Protocol = MqttConfig['protocol'];
export type Connect = typeof connect;

const CONNECT_TIMEOUT_MS = 10_000;
/** The longest that comes is the agent's own discovery, read back as the broker has kept it. */
const LONGEST_INCOMING_BYTES = 1024 * 1024;
/** What comes at any time is short, as requests are: buffers for more would be asked for as often as a stranger likes. */
const LONGEST_LIVE_BYTES = 64 * 1024;

/** @throws where a certificate file cannot be read or is none; everything later goes to `events` */
export async function connect(
  config: MqttConfig,
  protocol: Protocol,
  will: Outgoing | undefined,
  events: ConnectionEvents,
): Promise<BrokerConnection> {
  const { url, username, password } = credentialsOf(config);
  const tls = await tlsOptions(config);
  let wasReached = false;
  const isNew = protocol === '5';
  const options: IClientOptions = {
    clientId: config.clientId,
    protocolVersion: isNew ? 5 : 4,
    keepalive: config.keepAliveSeconds,
    clean: true,
    // mqtt.js retries at a fixed pace and keeps a queue meanwhile; session and publisher do both better.
    reconnectPeriod: 0,
    queueQoSZero: false,
    // A buffer for each of 65,536 numbers: 7 MB of objects, which every collection of the heap would visit.
    writeCache: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...(isNew && { properties: { maximumPacketSize: LONGEST_INCOMING_BYTES } }),
    ...(will && {
      will: {
        topic: will.topic,
        payload: will.payload,
        qos: will.options.qos,
        retain: will.options.retain,
        ...(isNew && { properties: propertiesOf(will.options) }),
      },
    }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
  const stream = openTransport({
    url: new URL(url),
    tls,
    timeoutMs: CONNECT_TIMEOUT_MS,
    maximumBytes: LONGEST_INCOMING_BYTES,
    maximumLiveBytes: LONGEST_LIVE_BYTES,
    onOpen: () => {
      wasReached = true;
    },
    onSkip: (skipped) => events.onSkip(skipped),
  });
  const client = new mqtt.MqttClient(() => stream, options);
  let failure: Error | undefined;
  const failed = (error: Error) => {
    failure ??= error;
  };
  // mqtt.js keeps errors without a code to itself, as those of WebSockets are.
  stream.on('error', failed);
  client.on('error', failed);
  client.on('packetreceive', (packet) => {
    if (packet.cmd !== 'connack' && packet.cmd !== 'disconnect') return;
    const code = packet.reasonCode ?? (packet.cmd === 'connack' ? packet.returnCode : undefined);
    if (code !== undefined && code > 0) failed(new BrokerReason(code, packet.properties));
  });
  client.on('connect', ({ properties }) => events.onConnect(limitsOf(properties)));
  // In a turn of its own: an error of a listener would keep mqtt.js from ever reading on, and so from a farewell.
  client.on('message', (topic, payload, { retain }) =>
    queueMicrotask(() => events.onMessage({ topic, payload, retained: retain })),
  );
  client.once('close', () => {
    client.end(true);
    events.onClose(failure, wasReached);
  });
  const answered = answeredPings(client);
  return {
    get unsentBytes() {
      return stream.writableLength;
    },
    send: ({ topic, payload, options }, done) => {
      const { qos, retain } = options;
      const properties = isNew && { properties: propertiesOf(options) };
      const sent = done && qos > 0 ? outcomeTo(done) : undefined;
      client.publish(topic, payload, { qos, retain, ...properties }, sent);
      if (done && qos === 0) answered(done);
    },
    ping: answered,
    subscribe: (filter, done) => {
      // The error that mqtt.js makes of a refusal has lost its code.
      client.subscribe(filter, { qos: 1 }, (_error, _filters, packet) => {
        const code = packet?.granted[0];
        if (typeof code !== 'number') done(PENDING);
        else done(code < 128 ? DELIVERED : refusedFor(code, packet?.properties?.reasonString));
      });
    },
    // Whether the broker agrees makes no difference: what comes all the same is passed over.
    unsubscribe: (filters) => {
      if (filters.length > 0) client.unsubscribe([...filters], () => {});
    },
    goodbye: () => client.endAsync(false),
    destroy: () => client.end(true),
  };
}

const DELIVERED: Outcome = { kind: 'delivered' };
const PENDING: Outcome = { kind: 'pending' };

/** Why a broker refused a connection or ended it, in its own words too. */
class BrokerReason extends Error {
  constructor(
    readonly code: number,
    properties: { reasonString?: string; serverReference?: string } | undefined,
  ) {
    super(
      reasonWords(code, [properties?.reasonString, properties?.serverReference].filter(Boolean).join(', ')),
    );
  }
}

/** mqtt.js tells an error of a refusal, with its code, and of a connection that ended, without one. */
function outcomeTo(done: Done): (error?: Error | null, packet?: object) => void {
  return (error, packet) => {
    const { code } = (error ?? {}) as { code?: unknown };
    const { reasonString } =
      (packet as { properties?: { reasonString?: string } } | undefined)?.properties ?? {};
    if (!error) done(DELIVERED);
    else done(typeof code === 'number' && code >= 128 ? refusedFor(code, reasonString) : PENDING);
  };
}

/**
 * Nobody acknowledges QoS 0, but brokers take packets in their order: the answer to a ping says that what was sent
 * before has been taken.
 *
 * @returns pings unless one that would do is about to be sent
 */
function answeredPings(client: mqtt.MqttClient): (done: Done) => void {
  /** Sent since the last ping. */
  let waiting: Done[] = [];
  /** For each ping on its way, those of mqtt.js's own among them. */
  const pinged: Done[][] = [];
  client.on('packetsend', ({ cmd }) => {
    if (cmd === 'pingreq') pinged.push(waiting.splice(0));
  });
  client.on('packetreceive', ({ cmd }) => {
    if (cmd !== 'pingresp') return;
    for (const done of pinged.shift() ?? []) done(DELIVERED);
    if (waiting.length > 0 && pinged.length === 0) client.sendPing();
  });
  client.on('close', () => {
    const lost = [...pinged.splice(0).flat(), ...waiting];
    waiting = [];
    for (const done of lost) done(PENDING);
  });
  return (done) => {
    waiting.push(done);
    if (pinged.length === 0) client.sendPing();
  };
}

/**
 * What a subscriber sees, for commands that show it.
 *
 * @returns ends the subscription
 * @throws where the broker cannot be reached or refuses
 */
export async function subscribe(
  config: BrokerLogin,
  filter: string,
  onMessage: (topic: string, payload: Buffer) => void,
): Promise<() => Promise<void>> {
  const { url, ...login } = credentialsOf(config);
  const client = await mqtt.connectAsync(url, {
    ...login,
    ...((await tlsOptions(config)) as Pick<IClientOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized'>),
    reconnectPeriod: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
  });
  client.on('message', onMessage);
  await client.subscribeAsync(filter, { qos: 1 });
  return () => client.endAsync();
}

/** User and password may stand in the address. */
export function credentialsOf(config: BrokerLogin): { url: string; username?: string; password?: string } {
  const url = new URL(config.url);
  const username = config.username ?? decodeURIComponent(url.username);
  const password = config.password ?? decodeURIComponent(url.password);
  url.username = '';
  url.password = '';
  return { url: url.href, ...(username !== '' && { username }), ...(password !== '' && { password }) };
}

type Properties = NonNullable<IClientPublishOptions['properties']>;

function propertiesOf({ expirySeconds, contentType, userProperties }: SendOptions): Properties {
  return {
    ...(expirySeconds !== undefined && { messageExpiryInterval: expirySeconds }),
    ...(contentType !== undefined && { contentType }),
    ...(userProperties !== undefined && { userProperties: { ...userProperties } }),
  };
}

/** Read at each connect, so that a renewed certificate is taken up. */
async function tlsOptions({ tls }: BrokerLogin): Promise<ConnectionOptions> {
  if (tls === undefined) return {};
  const options: ConnectionOptions = { rejectUnauthorized: tls.rejectUnauthorized };
  for (const part of ['ca', 'cert', 'key'] as const) {
    const file = tls[part];
    if (file !== undefined) options[part] = await readFile(file);
  }
  return options;
}
