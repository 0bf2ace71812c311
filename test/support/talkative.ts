// A broker's address -> a publisher that sends every kind of message to it, and what becomes of them.

import { pino } from 'pino';
import { monotonicMs } from '#common/clock.js';
import type { Refusal } from '../../agent/messaging/broker/delivery.js';
import type { Outcome } from '../../agent/messaging/outcome.js';
import type { MessageStore, PublisherOptions } from '../../agent/messaging/publisher-options.js';
import { Refusals } from '../../agent/messaging/refusals.js';
import { detectionsMessage, eventMessage, statusMessage } from './messages.js';
import { makePublisher } from './publisher.js';

const BASE = 'cspcam/porch';
const DISCOVERY = 'homeassistant/device/cspcam_porch/config';
const SMALL_BYTES = 3000;
/** A minute and more: for what hangs. */
const MOST_TRIES = 3000;

const time = { intervalSeconds: 5, cameras: {}, latencyMs: {}, process: { cpuPercent: 1, residentBytes: 1 } };
const system = { cpuPercent: 1, memoryUsedBytes: 1, memoryTotalBytes: 1, temperaturesC: {} };

/** Each kind of message that an agent sends: its topic, and how it is made. */
export const kinds: Record<string, { topic: string; qos: 0 | 1; retain: boolean }> = {
  status: { topic: `${BASE}/camera/door/status`, qos: 1, retain: true },
  count: { topic: `${BASE}/camera/door/count/person`, qos: 1, retain: true },
  discovery: { topic: DISCOVERY, qos: 1, retain: true },
  events: { topic: `${BASE}/camera/door/events`, qos: 1, retain: false },
  response: { topic: `${BASE}/response/log`, qos: 1, retain: false },
  snapshot: { topic: `${BASE}/camera/door/snapshot`, qos: 0, retain: true },
  detections: { topic: `${BASE}/camera/door/detections`, qos: 0, retain: false },
  stats: { topic: `${BASE}/stats`, qos: 0, retain: false },
};
export interface TalkativeOptions {
  readonly protocol?: '3.1.1' | '5';
  readonly pictureBytes?: number;
  readonly extra?: Partial<PublisherOptions>;
}

/** Not started yet: who listens has to say so before. */
export function talkative(
  url: string,
  { protocol = '5', pictureBytes = SMALL_BYTES, extra = {} }: TalkativeOptions = {},
) {
  const refusals: Refusal[] = [];
  const lines: string[] = [];
  const log = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line).msg) });
  const told = new Refusals({ log, nowMs: monotonicMs });
  const outcomes: Outcome[] = [];
  /** Events are sent until they are settled, as the outbox does. */
  const pending = new Set<string>();
  const outbox: MessageStore = {
    put: (_, payload) => {
      pending.add(payload);
      if (publisher.connected) sendEvent(payload);
    },
    connected: () => pending.forEach(sendEvent),
    disconnected: () => {},
  };
  const sendEvent = (payload: string) =>
    publisher.sendStored(`${BASE}/camera/door/events`, payload, (outcome) => {
      outcomes.push(outcome);
      if (outcome.kind !== 'pending') pending.delete(payload);
    });
  const { publisher, events, event } = makePublisher(
    url,
    { protocol },
    {
      outbox,
      backoff: { firstMs: 20, longestMs: 60 },
      onRefusal: (refusal) => {
        refusals.push(refusal);
        told.note(refusal);
      },
      onSkip: (skipped) => told.skipped(skipped),
      // As an encoder would that can be held to a byte.
      fitPicture: async (jpeg, most) => jpeg.subarray(0, Math.min(most, jpeg.byteLength)),
      ...extra,
    },
  );
  let sequence = 0;
  const jpeg = Buffer.alloc(pictureBytes, 'x');
  const picture = { jpeg, capturedAtMs: 0, sourceSize: { width: 640, height: 360 } };
  const publish = () => {
    sequence++;
    publisher.publish(statusMessage(sequence % 2 === 0 ? 'running' : 'starting'));
    publisher.publish({
      kind: 'count',
      body: { camera: 'door', label: 'person', count: sequence, stationary: 0 },
    });
    publisher.publishRetained(DISCOVERY, JSON.stringify({ device: {}, sequence }));
    publisher.publish(eventMessage(sequence));
    publisher.publish({ kind: 'response', body: { request: 'log', status: 'ok' } });
    publisher.publishPicture('door', picture);
    publisher.publish(detectionsMessage(sequence));
    publisher.publish({ kind: 'stats', body: { ...time, system, mqtt: publisher.counters } });
  };
  /** Publishes everything again and again until it has been as wanted. */
  const until = async (isSo: () => boolean, what: string) => {
    for (let tries = 0; !isSo(); tries++) {
      if (tries > MOST_TRIES)
        throw new Error(
          `never: ${what}; ${JSON.stringify({ events: events.slice(-3), refusals: refusals.slice(-3) })}`,
        );
      if (publisher.connected) publish();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { publisher, events, event, refusals, lines, told, outcomes, publish, until };
}
