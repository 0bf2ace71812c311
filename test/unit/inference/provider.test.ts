// Frame times -> the provider that is taken; boxes of two ways -> how many are the same; engines -> findings.

import { describe, expect, test } from 'vitest';
import { judgeChance, judgeEngines } from '../../../agent/doctor/checks/engines.js';
import type { Subject } from '../../../agent/doctor/subject.js';
import { compareBoxes } from '../../../agent/inference/compare-boxes.js';
import { fastestOf } from '../../../agent/inference/provider.js';
import type { Detection } from '../../../models/detection.js';

test.each([
  [{ cpu: 20, openvino: 7 }, 'openvino'],
  [{ cpu: 20, openvino: 7, tensorrt: 5 }, 'tensorrt'],
  [{ cpu: 20, openvino: 25 }, 'cpu'],
  // Not worth a process.
  [{ cpu: 20, openvino: 19.5 }, 'cpu'],
  [{ cpu: 20 }, 'cpu'],
])('%j: %s', (times, provider) => {
  const chosen = fastestOf({ times, failures: {} });
  expect(chosen.provider).toBe(provider);
  expect(chosen.providerReason).toBe(
    `${provider}: measured here, ms a frame: ${Object.entries(times)
      .map(([name, ms]) => `${name} ${ms.toFixed(1)}`)
      .join(', ')}`,
  );
});

test('an engine that failed is named with its reason', () => {
  expect(fastestOf({ times: { cpu: 20 }, failures: { openvino: 'no memory' } }).providerReason).toBe(
    'cpu: measured here, ms a frame: cpu 20.0; openvino failed: no memory',
  );
});

describe('boxes', () => {
  const box = (x: number, score = 0.5, classIndex = 0): Detection => ({
    label: 'person',
    classIndex,
    score,
    box: [x, 0, x + 100, 100],
  });
  const limits = { iou: 0.9, score: 0.05 };

  test.each<[string, Detection[], Detection[], number]>([
    ['the same', [box(0), box(200)], [box(200), box(0)], 2],
    ['moved by little', [box(0)], [box(2, 0.54)], 1],
    ['moved', [box(0)], [box(20)], 0],
    ['another score', [box(0)], [box(0, 0.6)], 0],
    ['another class', [box(0)], [box(0, 0.5, 1)], 0],
    ['one for two', [box(0), box(1)], [box(0)], 1],
  ])('%s', (_what, first, second, same) => {
    expect(compareBoxes([first], [second], limits)).toEqual({
      first: first.length,
      second: second.length,
      same,
    });
  });
});

describe('doctor', () => {
  const subject = (provider: string) =>
    ({ config: { inference: { provider } }, file: 'cspcam.yaml', program: 'cspcam' }) as unknown as Subject;
  const works = {
    name: 'openvino',
    state: 'works',
    file: '/x',
    version: '2026.4',
    devices: ['CPU'],
  } as const;
  const fails = { name: 'openvino', state: 'fails', file: '/x', failure: 'no libopenvino.so' } as const;
  const missing = { name: 'openvino', state: 'missing' } as const;

  test.each([
    ['auto', works, 'ok'],
    ['auto', fails, 'warning'],
    ['openvino', fails, 'error'],
    ['openvino', missing, 'error'],
    ['auto', missing, undefined],
    ['cpu', missing, undefined],
  ])('provider %s, engine %j: %s', (provider, state, severity) => {
    const findings = judgeEngines([state], subject(provider));
    expect(findings.map((finding) => finding.severity)).toEqual(severity === undefined ? [] : [severity]);
    if (severity === 'error' || severity === 'warning')
      expect(findings[0]!.advice).toBe('cspcam engines build openvino');
  });

  test('AMX without OpenVINO is told of', () => {
    const amx = new Set(['amx_bf16']);
    expect(judgeChance([missing], amx, 'cspcam')).toMatchObject([{ severity: 'note' }]);
    expect(judgeChance([works], amx, 'cspcam')).toEqual([]);
    expect(judgeChance([missing], new Set(['avx2']), 'cspcam')).toEqual([]);
  });
});
