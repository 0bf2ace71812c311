// Configurations, one after the other -> the embedded broker of each, and the one login that the agent has at all of them.

import { type Config, usesEmbeddedBroker } from '../../config/schema.js';
import type { Log } from '../../telemetry/log.js';
import { EmbeddedBroker } from './embedded-broker.js';
import { newOwnLogin } from './embedded-clients.js';

export class EmbeddedBrokers {
  readonly #log: Pick<Log, 'warn'>;
  readonly #ownLogin = newOwnLogin();

  constructor(log: Pick<Log, 'warn'>) {
    this.#log = log;
  }

  /** A broker that has not been started; nothing where none is wanted. */
  brokerOf({ mqtt }: Config): EmbeddedBroker | undefined {
    const { embeddedBroker, clientId } = mqtt;
    if (embeddedBroker === undefined) return undefined;
    return new EmbeddedBroker({
      ...embeddedBroker,
      clientIds: [clientId, `${clientId}-sparkplug`],
      ownLogin: this.#ownLogin,
      onNotice: (notice) =>
        this.#log.warn({ ...notice }, 'the embedded broker refused a client or a message'),
    });
  }

  /** A login of its own: no other client can take the place of the agent. */
  withLogin(config: Config): Config {
    if (!usesEmbeddedBroker(config.mqtt)) return config;
    return { ...config, mqtt: { ...config.mqtt, ...this.#ownLogin } };
  }
}
