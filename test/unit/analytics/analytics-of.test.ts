// The configuration of a camera and what its detector finds -> whether there are tracks, and how many.

import { expect, test } from 'vitest';
import { AnalyticsMaker } from '../../../agent/analytics/analytics-of.js';
import { Settings } from '../../../agent/cameras/camera-settings.js';
import { complete, configFile } from '../../../agent/config/schema.js';
import type { FrameResult } from '../../../agent/inference/frame-path.js';
import type { Detection } from '../../../models/detection.js';

function analyticsOf({ maxFps, ...keys }: { readonly maxFps?: number; readonly [key: string]: unknown }) {
  const config = complete(
    configFile.parse({
      device: 'porch',
      mqtt: { url: 'mqtt://127.0.0.1:1883' },
      cameras: { door: { source: 'test:ball', pictures: { send: 'none' }, maxFps } },
      ...keys,
    }),
  );
  const nothing = () => {};
  const maker = new AnalyticsMaker({
    config,
    labels: ['person', 'car', 'van'],
    settings: new Settings(config),
    listener: { events: nothing, counts: nothing, picture: nothing },
    fullPicture: () => Promise.reject(new Error('none')),
    askPicture: async () => undefined,
    log: { warn: nothing },
  });
  const analytics = maker.analyticsOf('door');
  const ids = new Set<number>();
  const see = (sequence: number, detection: Partial<Detection>) => {
    const sourceDetections = [
      { label: 'car', classIndex: 1, score: 0.9, box: [10, 10, 110, 60], ...detection },
    ];
    const frame = {
      source: 'door',
      sequence,
      capturedMonotonicMs: (1000 / (maxFps ?? 10)) * sequence,
      sourceSize: { width: 640, height: 480 },
    };
    for (const { id } of analytics.update({ frame, sourceDetections } as unknown as FrameResult)) ids.add(id);
    return ids.size;
  };
  return see;
}

test.each([0.3, 0.6, 0.75, 0.8, 0.9])('with minScore %s an object that is sure is followed', (minScore) => {
  const see = analyticsOf({ minScore });
  for (let sequence = 0; sequence < 5; sequence++) see(sequence, { score: 0.97 });
  expect(see(5, { score: 0.97 })).toBe(1);
});

test.each([
  [0.5, 2],
  [0.2, 2],
  [0.01, 0.1],
])('at %s frames a second what stands still is one object, with keepSeconds %s', (maxFps, keepSeconds) => {
  const see = analyticsOf({ maxFps, tracking: { keepSeconds } });
  // One detection is missed.
  for (let sequence = 0; sequence < 20; sequence++) if (sequence !== 9) see(sequence, { score: 0.85 });
  expect(see(20, { score: 0.85 })).toBe(1);
});

test.each<[string, Readonly<Record<string, unknown>>, string, string]>([
  ['by default', {}, 'car', 'van'],
  ['of a group of its own', { inference: { oneLabelOf: [['helmet', 'head']] } }, 'helmet', 'head'],
  ['of a group that shares a label', { inference: { oneLabelOf: [['van', 'wagon']] } }, 'car', 'wagon'],
])('one object that gets two labels by turns is one, %s', (_, keys, label, other) => {
  const see = analyticsOf(keys);
  for (let sequence = 0; sequence < 60; sequence++)
    see(sequence, { label: sequence % 3 === 0 ? other : label });
  expect(see(60, { label })).toBe(1);
});
