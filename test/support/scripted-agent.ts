// What a broker is to do -> an agent's publisher connected to a broker that does it, sending every kind of message.

import { expect } from 'vitest';
import type { Incoming } from '../../agent/messaging/broker/client.js';
import type { PublisherOptions } from '../../agent/messaging/publisher-options.js';
import { never } from './ending.js';
import { type Script, startScriptedBroker } from './scripted-broker.js';
import { kinds, talkative } from './talkative.js';

export const protocols = ['3.1.1', '5'] as const;
export type Protocol = (typeof protocols)[number];

const topics = Object.values(kinds).map(({ topic }) => topic);

export type ScriptedAgent = Awaited<ReturnType<typeof startScriptedAgent>>;

export async function startScriptedAgent(
  script: Script,
  protocol: Protocol = '5',
  filters: readonly string[] = [],
  extra: Partial<PublisherOptions> = {},
  onMessage: (message: Incoming) => void = () => {},
  pictureBytes?: number,
) {
  const broker = await startScriptedBroker(script);
  const made = talkative(broker.url, {
    protocol,
    extra,
    ...(pictureBytes !== undefined && { pictureBytes }),
  });
  /** Every topic has arrived that is not left out. */
  const arrived = (but: readonly string[] = []) =>
    topics.every((topic) => but.includes(topic) || broker.taken.some((seen) => seen.topic === topic));
  made.publisher.listen(filters, onMessage);
  await made.publisher.start(never);
  const close = async () => {
    await made.publisher.stop();
    await broker.close();
  };
  return { ...made, broker, arrived, close };
}

/** There is a wait before each connection but the first, and one that MQTT 3.1.1 is tried with. */
export function expectWaits({ broker, events }: ScriptedAgent, atOnce = 0): void {
  const waits = events.filter(({ status }) => status === 'retrying').length;
  expect(broker.connects.length).toBeLessThanOrEqual(1 + waits + atOnce);
}
