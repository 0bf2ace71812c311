// A running agent's broker -> what comes of it there until the first detection: cameras, the first frame, objects.

import { setTimeout as wait } from 'node:timers/promises';
import { Condition } from '#common/condition.js';
import type { MqttConfig } from '../config/schema.js';
import { subscribe } from '../messaging/broker/client.js';
import type { Body } from '../messaging/schemas.js';

export type Seen =
  | {
      readonly kind: 'status';
      readonly camera: string;
      readonly state: string;
      readonly message?: string | undefined;
    }
  /** The first frame of a camera that was looked at. */
  | { readonly kind: 'frame'; readonly camera: string; readonly ageMs: number }
  | {
      readonly kind: 'detections';
      readonly camera: string;
      readonly topic: string;
      readonly detections: Body<'detections'>['detections'];
      readonly ageMs: number;
    };

export interface WatchOptions {
  readonly limitMs: number;
  readonly onSeen: (seen: Seen) => void;
}

const AGAIN_MS = 500;

/** @returns whether anything was detected in time; the agent's broker may come up later than this begins */
export async function watchFirst(
  mqtt: MqttConfig,
  device: string,
  { limitMs, onSeen }: WatchOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  const prefix = `${mqtt.base}/${device}/camera/`;
  const told = new Condition();
  const shown = new Set<string>();
  let isDetected = false;
  const onMessage = (topic: string, payload: Buffer) => {
    const seen = seenIn(topic.slice(prefix.length), topic, payload);
    // Frames that follow are like the first.
    if (seen === undefined || isDetected || shown.has(wordOf(seen))) return;
    shown.add(wordOf(seen));
    onSeen(seen);
    isDetected = seen.kind === 'detections';
    if (isDetected) told.notify();
  };
  const leave = await subscribed(mqtt, `${prefix}+/+`, onMessage, over);
  if (!isDetected && leave !== undefined) await told.wait({ signal: over });
  await leave?.();
  signal.throwIfAborted();
  return isDetected;
}

async function subscribed(
  mqtt: MqttConfig,
  filter: string,
  onMessage: (topic: string, payload: Buffer) => void,
  over: AbortSignal,
): Promise<(() => Promise<void>) | undefined> {
  while (!over.aborted) {
    const leave = await subscribe(mqtt, filter, onMessage).catch(() => undefined);
    if (leave !== undefined) return leave;
    await wait(AGAIN_MS, undefined, { signal: over }).catch(() => {});
  }
  return undefined;
}

function seenIn(rest: string, topic: string, payload: Buffer): Seen | undefined {
  const [camera = '', what] = rest.split('/');
  if (what === 'status') {
    const { state, message } = JSON.parse(payload.toString()) as { state: string; message?: string };
    return { kind: 'status', camera, state, message };
  }
  if (what !== 'detections') return undefined;
  const { detections, frame } = JSON.parse(payload.toString()) as Body<'detections'>;
  return detections.length === 0
    ? { kind: 'frame', camera, ageMs: frame.ageMs }
    : { kind: 'detections', camera, topic, detections, ageMs: frame.ageMs };
}

function wordOf(seen: Seen): string {
  return seen.kind === 'status' ? `${seen.camera} ${seen.state}` : `${seen.camera} ${seen.kind}`;
}
