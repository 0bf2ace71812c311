// Settings -> a publisher as the daemon makes it, with its connection events kept.

import { monotonicMs } from '#common/clock.js';
import type { MqttConfig } from '../../agent/config/schema.js';
import { connect } from '../../agent/messaging/broker/client.js';
import type { ConnectionEvent } from '../../agent/messaging/broker/session.js';
import { Publisher } from '../../agent/messaging/publisher.js';
import type { PublisherOptions } from '../../agent/messaging/publisher-options.js';

const DEVICE = 'porch';

export function mqttConfig(url: string, settings: Partial<MqttConfig> = {}): MqttConfig {
  const outbox = { maxMegabytes: 16, maxAgeHours: 48, replayPerSecond: 100 };
  return {
    url,
    clientId: 'cspcam-porch',
    base: 'cspcam',
    protocol: '5',
    keepAliveSeconds: 30,
    outbox,
    homeAssistant: { enabled: false, prefix: 'homeassistant' },
    ...settings,
  };
}

export function makePublisher(
  url: string,
  settings: Partial<MqttConfig> = {},
  extra: Partial<PublisherOptions> = {},
) {
  const events: ConnectionEvent[] = [];
  const waiting = new Set<() => void>();
  const publisher = new Publisher({
    mqtt: mqttConfig(url, settings),
    device: DEVICE,
    bootId: 'boot',
    connect,
    now: Date.now,
    nowMs: monotonicMs,
    random: Math.random,
    backoff: { firstMs: 100, longestMs: 1000 },
    onConnection: (event) => {
      events.push(event);
      for (const check of waiting) check();
    },
    ...extra,
  });
  const event = (fits: (event: ConnectionEvent) => boolean, timeoutMs = 60_000) =>
    new Promise<ConnectionEvent>((resolve, reject) => {
      const check = () => {
        const found = events.find(fits);
        if (found === undefined) return;
        clearTimeout(timer);
        waiting.delete(check);
        resolve(found);
      };
      const timer = setTimeout(
        () => reject(new Error(`no such event within ${timeoutMs} ms: ${JSON.stringify(events.slice(-3))}`)),
        timeoutMs,
      );
      waiting.add(check);
      check();
    });
  return { publisher, events, event };
}
