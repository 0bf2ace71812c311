// A running agent's broker -> what comes of it there until the first detection: cameras, the first frame, objects.

import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { Condition } from '#common/condition.js';
import type { MqttConfig } from '../config/schema.js';
import { subscribe } from '../messaging/broker/client.js';

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
      readonly detections: readonly { readonly label: string }[];
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

const STATUS = z.object({ state: z.string(), message: z.string().optional() });
const DETECTIONS = z.object({
  detections: z.array(z.object({ label: z.string() })),
  frame: z.object({ ageMs: z.number() }),
});

/** Whoever may write there may write what the agent would not. */
function seenIn(rest: string, topic: string, payload: Buffer): Seen | undefined {
  const [camera = '', what] = rest.split('/');
  const status = what === 'status' ? STATUS.safeParse(parsed(payload)).data : undefined;
  if (status !== undefined) return { kind: 'status', camera, ...status };
  const found = what === 'detections' ? DETECTIONS.safeParse(parsed(payload)).data : undefined;
  if (found === undefined) return undefined;
  const { detections, frame } = found;
  return detections.length === 0
    ? { kind: 'frame', camera, ageMs: frame.ageMs }
    : { kind: 'detections', camera, topic, detections, ageMs: frame.ageMs };
}

function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
}

function wordOf(seen: Seen): string {
  return seen.kind === 'status' ? `${seen.camera} ${seen.state}` : `${seen.camera} ${seen.kind}`;
}
