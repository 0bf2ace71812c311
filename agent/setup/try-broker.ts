// Address and login of a broker -> whether it accepts the agent, or why not.

import { CspcamError } from '#common/errors.js';
import { expectWithin } from '#common/time-limit.js';
import { complete, configFile, type MqttConfig } from '../config/schema.js';
import { type FirstTry, tryBroker } from '../messaging/broker/first-try.js';
import { topicOf } from '../messaging/topics.js';

/** Keys of `mqtt` in a configuration. */
export interface MqttKeys {
  readonly url?: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly ca: string };
  readonly embeddedBroker?: { readonly host: string; readonly port: number };
}

const LIMIT_MS = 20_000;

/** @throws the reason of the signal */
export async function tryBrokerOf(device: string, keys: MqttKeys, signal: AbortSignal): Promise<FirstTry> {
  const mqtt = mqttOf(device, keys);
  const limit = new AbortController();
  try {
    const first = tryBroker(
      mqtt,
      topicOf(mqtt.base, device, 'state', {}),
      'setup',
      AbortSignal.any([signal, limit.signal]),
    );
    return await expectWithin(LIMIT_MS, first, 'an answer', keys.url ?? mqtt.url);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CspcamError) return { failure: { kind: 'timeout', message: error.message } };
    // A file of authorities is the only thing that is read here.
    return { failure: { kind: 'tls', message: (error as Error).message } };
  } finally {
    limit.abort();
  }
}

/** As the agent will have them. */
function mqttOf(device: string, keys: MqttKeys): MqttConfig {
  return complete(configFile.parse({ device, mqtt: keys, cameras: { any: { source: 'test:ball' } } })).mqtt;
}

/** @returns what should stand there; nothing where the address will do */
export function brokerMistake(url: string): string | undefined {
  const { error } = configFile.shape.mqtt.safeParse({ url });
  return error?.issues[0]?.message;
}
