// Broker settings and a will -> one connection, from connect to close. The only owner of mqtt.js.

import { readFile } from 'node:fs/promises';
import mqtt, { type IClientOptions, type IClientPublishOptions } from 'mqtt';
import type { MqttConfig } from '../../config/schema.js';

export interface Will {
  readonly topic: string;
  readonly payload: Payload;
  readonly how: SendOptions;
}

export interface Incoming {
  readonly topic: string;
  readonly payload: Buffer;
  /** What a broker kept for whoever subscribes later: an old request must not be carried out. */
  readonly retained: boolean;
}

export interface ConnectionEvents {
  onConnect(): void;
  /** Of topics that were subscribed to. */
  onMessage(message: Incoming): void;
  /** Once, whether it was ever connected or not; a failure carries the broker's reason code or errno. */
  onClose(failure: Error | undefined): void;
}

export interface BrokerConnection {
  /** Bytes that have not left this process. */
  readonly unsentBytes: number;
  /** @param done with QoS 1 once the broker has it, or will not */
  send(topic: string, payload: Payload, how: SendOptions, done?: (delivered: boolean) => void): void;
  /** QoS 1; a broker that refuses is as one without requests. */
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
  /** MQTT 5 only, as are all below. */
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
  will: Will,
  events: ConnectionEvents,
): Promise<BrokerConnection> {
  const { url, username, password } = credentialsOf(config);
  const options: IClientOptions = {
    clientId: config.clientId,
    protocolVersion: protocol === '5' ? 5 : 4,
    keepalive: config.keepAliveSeconds,
    clean: true,
    // mqtt.js retries at a fixed pace and keeps a queue meanwhile; the publisher does both better.
    reconnectPeriod: 0,
    queueQoSZero: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    will: {
      topic: will.topic,
      payload: will.payload,
      qos: will.how.qos,
      retain: will.how.retain,
      ...(protocol === '5' && { properties: propertiesOf(will.how) }),
    },
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(await tlsOptions(config)),
  };
  const client = mqtt.connect(url, options);
  let failure: Error | undefined;
  client.on('connect', () => events.onConnect());
  client.on('message', (topic, payload, { retain }) =>
    events.onMessage({ topic, payload, retained: retain }),
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
    send: (topic, payload, how, done) => {
      const { qos, retain } = how;
      const properties = protocol === '5' && { properties: propertiesOf(how) };
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
