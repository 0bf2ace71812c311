// Configuration -> the encodings that are switched on, fed with every message that is published.

import type { Config } from '../../config/schema.js';
import { connect } from '../broker/client.js';
import type { ConnectionEvent } from '../publisher.js';
import type { Message } from '../schemas.js';
import type { EncodedMessage, Encoder } from './encoder.js';
import { OnvifEncoder } from './onvif.js';
import { SparkplugEncoder } from './sparkplug.js';
import { SparkplugNode } from './sparkplug-node.js';

export interface EncodingsOptions {
  readonly config: Pick<Config, 'device' | 'mqtt'>;
  /** On the agent's own connection. */
  readonly publish: (message: EncodedMessage) => void;
  /** Of connections beside that one. */
  readonly onConnection: (event: ConnectionEvent) => void;
}

export class Encodings {
  readonly #publish: EncodingsOptions['publish'];
  readonly #onvif: Encoder | undefined;
  readonly #sparkplug: SparkplugNode | undefined;

  constructor({ config: { device, mqtt }, publish, onConnection }: EncodingsOptions) {
    const { onvif, sparkplug } = mqtt.encodings ?? {};
    this.#publish = publish;
    this.#onvif = onvif && new OnvifEncoder(onvif.prefix ?? `${mqtt.base}/${device}`);
    this.#sparkplug =
      sparkplug &&
      new SparkplugNode({
        mqtt: { ...mqtt, clientId: `${mqtt.clientId}-sparkplug` },
        encoder: new SparkplugEncoder({ group: sparkplug.group, node: device, now: Date.now }),
        connect,
        now: Date.now,
        random: Math.random,
        onConnection,
      });
  }

  start(): void {
    this.#sparkplug?.start();
  }

  see(message: Message): void {
    for (const encoded of this.#onvif?.encode(message) ?? []) this.#publish(encoded);
    this.#sparkplug?.see(message);
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    await this.#sparkplug?.close();
  }
}
