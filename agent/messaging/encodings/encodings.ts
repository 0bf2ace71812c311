// Configuration -> the encodings that are switched on, fed with every message that is published.

import { monotonicMs } from '#common/clock.js';
import type { Part } from '#common/part.js';
import type { Config } from '../../config/schema.js';
import { connect, type Outgoing } from '../broker/client.js';
import type { Refusal } from '../broker/delivery.js';
import type { ConnectionEvent } from '../broker/session.js';
import type { Message } from '../schemas.js';
import type { Encoder } from './encoder.js';
import { OnvifEncoder } from './onvif.js';
import { SparkplugEncoder } from './sparkplug.js';
import { SparkplugNode } from './sparkplug-node.js';

export interface EncodingsOptions {
  readonly config: Pick<Config, 'device' | 'mqtt'>;
  /** Sends on the agent's own connection. */
  readonly publish: (message: Outgoing) => void;
  /** Is told of connections beside that one. */
  readonly onConnection: (event: ConnectionEvent) => void;
  readonly onRefusal: (refusal: Refusal) => void;
  /** Number of the next connection beside that one, from 0; a reload makes encodings anew, and hosts want it to go on. */
  readonly nextConnect: () => number;
}

export class Encodings implements Part {
  readonly #publish: EncodingsOptions['publish'];
  readonly #onvif: Encoder | undefined;
  readonly #sparkplug: SparkplugNode | undefined;

  constructor({ config, publish, onConnection, onRefusal, nextConnect }: EncodingsOptions) {
    const { device, mqtt } = config;
    const { onvif, sparkplug } = mqtt.encodings ?? {};
    this.#publish = publish;
    this.#onvif = onvif && new OnvifEncoder(onvif.prefix ?? `${mqtt.base}/${device}`);
    this.#sparkplug =
      sparkplug &&
      new SparkplugNode({
        mqtt: { ...mqtt, clientId: `${mqtt.clientId}-sparkplug` },
        encoder: new SparkplugEncoder({ group: sparkplug.group, node: device, now: Date.now, nextConnect }),
        connect,
        nowMs: monotonicMs,
        random: Math.random,
        onConnection,
        onRefusal,
      });
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#sparkplug?.start(signal);
  }

  update(message: Message): void {
    for (const encoded of this.#onvif?.encode(message) ?? []) this.#publish(encoded);
    this.#sparkplug?.update(message);
  }

  /** What the message says is no more, as of a zone that has gone. */
  clear(message: Message): void {
    this.#sparkplug?.clear(message);
  }

  /** The configuration has the camera no longer. */
  forget(camera: string): void {
    this.#sparkplug?.forget(camera);
  }

  async stop(): Promise<void> {
    await this.#sparkplug?.stop();
  }
}
