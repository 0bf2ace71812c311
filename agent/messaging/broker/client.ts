// Broker settings and a will -> one connection, from connect to close. The only owner of mqtt.js.

import { readFile } from 'node:fs/promises';
import mqtt, { type IClientOptions, type IClientPublishOptions, type IConnackPacket } from 'mqtt';
import type { MqttConfig } from '../../config/schema.js';

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

/** What a broker allows on a connection; one of MQTT 3.1.1 cannot say. */
export interface BrokerLimits {
  /** Messages of QoS 1 that may be on their way at once. */
  readonly receiveMaximum?: number;
  readonly maximumPacketBytes?: number;
}

export interface ConnectionEvents {
  onConnect(limits: BrokerLimits): void;
  /** Is given what comes on the topics that were subscribed to. */
  onMessage(message: Incoming): void;
  /** Called once, connected before or not; a failure carries the broker's reason code or errno. */
  onClose(failure: Error | undefined): void;
}

export interface BrokerConnection {
  /** Bytes that have not left this process. */
  readonly unsentBytes: number;
  /** @param done is called, with QoS 1, once the broker has it or will not take it */
  send(message: Outgoing, done?: (delivered: boolean) => void): void;
  /** Asks for QoS 1; a broker that refuses is as one without requests. */
  subscribe(filters: readonly string[]): void;
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

export type Protocol = MqttConfig['protocol'];
export type Connect = typeof connect;

const CONNECT_TIMEOUT_MS = 10_000;

/** @throws where a certificate file cannot be read or is none; everything later goes to `events` */
export async function connect(
  config: MqttConfig,
  protocol: Protocol,
  will: Outgoing,
  events: ConnectionEvents,
): Promise<BrokerConnection> {
  const { url, username, password } = credentialsOf(config);
  const options: IClientOptions = {
    clientId: config.clientId,
    protocolVersion: protocol === '5' ? 5 : 4,
    keepalive: config.keepAliveSeconds,
    clean: true,
    // mqtt.js retries at a fixed pace and keeps a queue meanwhile; session and publisher do both better.
    reconnectPeriod: 0,
    queueQoSZero: false,
    // A buffer for each of 65,536 numbers: 7 MB of objects, which every collection of the heap would visit.
    writeCache: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    will: {
      topic: will.topic,
      payload: will.payload,
      qos: will.options.qos,
      retain: will.options.retain,
      ...(protocol === '5' && { properties: propertiesOf(will.options) }),
    },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(await tlsOptions(config)),
  };
  const client = mqtt.connect(url, options);
  let failure: Error | undefined;
  client.on('connect', (connack) => events.onConnect(limitsOf(connack)));
  // In a turn of its own: an error of a listener would keep mqtt.js from ever reading on, and so from a farewell.
  client.on('message', (topic, payload, { retain }) =>
    queueMicrotask(() => events.onMessage({ topic, payload, retained: retain })),
  );
  client.on('error', (error) => {
    failure ??= error;
  });
  client.on('disconnect', ({ reasonCode }) => {
    failure ??= Object.assign(new Error('the broker ended the connection'), { code: reasonCode });
  });
  client.once('close', () => {
    client.end(true);
    events.onClose(failure);
  });
  return {
    get unsentBytes() {
      return client.stream.writableLength;
    },
    send: ({ topic, payload, options }, done) => {
      const { qos, retain } = options;
      const properties = protocol === '5' && { properties: propertiesOf(options) };
      client.publish(topic, payload, { qos, retain, ...properties }, done && ((error) => done(!error)));
    },
    subscribe: (filters) => {
      if (filters.length > 0) client.subscribe([...filters], { qos: 1 });
    },
    goodbye: () => client.endAsync(false),
    destroy: () => client.end(true),
  };
}

/**
 * What a subscriber sees, for commands that show it.
 *
 * @returns ends the subscription
 * @throws where the broker cannot be reached or refuses
 */
export async function subscribe(
  url: string,
  filter: string,
  onMessage: (topic: string, payload: Buffer) => void,
): Promise<() => Promise<void>> {
  const client = await mqtt.connectAsync(url, { reconnectPeriod: 0, connectTimeout: CONNECT_TIMEOUT_MS });
  client.on('message', onMessage);
  await client.subscribeAsync(filter, { qos: 1 });
  return () => client.endAsync();
}

/** User and password may stand in the address. */
export function credentialsOf(config: MqttConfig): { url: string; username?: string; password?: string } {
  const url = new URL(config.url);
  const username = config.username ?? decodeURIComponent(url.username);
  const password = config.password ?? decodeURIComponent(url.password);
  url.username = '';
  url.password = '';
  return { url: url.href, ...(username !== '' && { username }), ...(password !== '' && { password }) };
}

function limitsOf({ properties }: IConnackPacket): BrokerLimits {
  const { receiveMaximum, maximumPacketSize } = properties ?? {};
  return {
    ...(receiveMaximum !== undefined && { receiveMaximum }),
    ...(maximumPacketSize !== undefined && { maximumPacketBytes: maximumPacketSize }),
  };
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
async function tlsOptions({ tls }: MqttConfig): Promise<IClientOptions> {
  if (tls === undefined) return {};
  const options: IClientOptions = { rejectUnauthorized: tls.rejectUnauthorized };
  for (const part of ['ca', 'cert', 'key'] as const) {
    const file = tls[part];
    if (file !== undefined) options[part] = await readFile(file);
  }
  return options;
}
