// Messages of the agent -> what a Sparkplug host is told, decoded independently.

import { beforeEach, expect, test } from 'vitest';
import { REBIRTH, SparkplugEncoder } from '../../../../agent/messaging/encodings/sparkplug.js';
import { commands, encodeSparkplug } from '../../../../agent/messaging/encodings/sparkplug-payload.js';
import type { Body, Message } from '../../../../agent/messaging/schemas.js';
import { detectionsMessage, eventMessage, statusMessage } from '../../../support/messages.js';
import { readSparkplug } from '../../../support/sparkplug.js';

const NOW = Date.UTC(2026, 0, 2);

let encoder: SparkplugEncoder;
beforeEach(() => {
  let connects = 0;
  const nextConnect = () => connects++;
  encoder = new SparkplugEncoder({ group: 'plant', node: 'porch', now: () => NOW, nextConnect });
});

/** Type and place of each message, its seq, its values. */
function told(messages: ReturnType<SparkplugEncoder['encode']>) {
  return messages.map(({ topic, payload, options }) => {
    expect(options).toEqual({ qos: topic.includes('NDEATH') ? 1 : 0, retain: false });
    const { timestamp, seq, metrics } = readSparkplug(payload as Buffer);
    expect(timestamp).toBe(NOW);
    const values = Object.fromEntries(Object.entries(metrics).map(([name, [, value]]) => [name, value]));
    return [topic.replace('spBv1.0/plant/', ''), seq, values];
  });
}

const count = (value: number, label = 'person', camera = 'door'): Message => ({
  kind: 'count',
  body: { camera, label, count: value, stationary: 0 },
});
const zone = (body: Partial<Body<'zone'>>): Message => ({
  kind: 'zone',
  body: { camera: 'door', zone: 'steps', occupied: false, count: 0, byLabel: {}, ...body },
});
const line: Message = { kind: 'line', body: { camera: 'door', line: 'gate', in: 3, out: 2 } };
const NODE = { bdSeq: 0, [REBIRTH]: false };

test('a payload has every type where the specification puts it', () => {
  const metrics = [
    { name: 'a', type: 'Int64', value: 2 ** 40 },
    { name: 'b', type: 'Double', value: 24.6 },
    { name: 'c', type: 'Boolean', value: true },
    { name: 'd', type: 'String', value: 'Grüße' },
  ] as const;
  expect(readSparkplug(encodeSparkplug({ timestamp: NOW, seq: 255, metrics }))).toEqual({
    timestamp: NOW,
    seq: 255,
    metrics: { a: ['Int64', 2 ** 40], b: ['Double', 24.6], c: ['Boolean', true], d: ['String', 'Grüße'] },
  });
});

test('values from before the connection come with the births; cameras that do not run have none', () => {
  expect(encoder.encode(count(2))).toEqual([]);
  expect(encoder.encode(statusMessage('running'))).toEqual([]);
  expect(encoder.encode(count(1, 'person', 'shed'))).toEqual([]);
  encoder.will();
  expect(told(encoder.birth())).toEqual([
    ['NBIRTH/porch', 0, NODE],
    ['DBIRTH/porch/door', 1, { 'Count/person': 2, 'Stationary/person': 0, Restarts: 0 }],
  ]);
});

test('what there is no more is in no birth: a line that has gone, a camera that came back', () => {
  for (const message of [statusMessage('running'), count(0), line]) encoder.encode(message);
  encoder.will();
  encoder.birth();
  encoder.clear(line);
  const values = { Restarts: 0, 'Count/person': 1, 'Stationary/person': 0 };
  expect(told(encoder.encode(count(1)))).toEqual([['DBIRTH/porch/door', 2, values]]);
  expect(told(encoder.encode(statusMessage('stopped')))).toEqual([['DDEATH/porch/door', 3, {}]]);
  encoder.forget('door');
  expect(told(encoder.encode(statusMessage('running')))).toEqual([['DBIRTH/porch/door', 4, { Restarts: 0 }]]);
});

test('a camera that dies after something of it has gone is said to be dead', () => {
  for (const message of [statusMessage('running'), count(0), line]) encoder.encode(message);
  encoder.will();
  encoder.birth();
  encoder.clear(line);
  expect(told(encoder.encode(statusMessage('retrying')))).toEqual([['DDEATH/porch/door', 2, {}]]);
  const values = { Restarts: 0, 'Count/person': 0, 'Stationary/person': 0 };
  expect(told(encoder.encode(statusMessage('running')))).toEqual([['DBIRTH/porch/door', 3, values]]);
  expect(encoder.encode(count(0))).toEqual([]);
});

test('data carries what has changed, and nothing else', () => {
  for (const message of [statusMessage('running'), count(0), zone({}), line]) encoder.encode(message);
  encoder.will();
  encoder.birth();
  const occupied = zone({ occupied: true, count: 2 });
  expect(told([count(1), count(1), occupied, line].flatMap((message) => encoder.encode(message)))).toEqual([
    ['DDATA/porch/door', 2, { 'Count/person': 1 }],
    ['DDATA/porch/door', 3, { 'Zone/steps/Occupied': true, 'Zone/steps/Count': 2 }],
  ]);
});

test('frames and events are not for Sparkplug', () => {
  encoder.birth();
  expect([detectionsMessage(0), eventMessage(1)].flatMap((message) => encoder.encode(message))).toEqual([]);
});

test('rates of each camera, from stats', () => {
  encoder.encode(statusMessage('running'));
  encoder.birth();
  const rates = { captured: 1, inferred: 1, dropped: 0, droppedFps: 0, restarts: 0 };
  const stats = (capturedFps: number) =>
    ({
      kind: 'stats',
      body: { cameras: { door: { ...rates, capturedFps, inferredFps: 12.5 } } },
    }) as unknown as Message;
  expect(told([stats(25), stats(24.5)].flatMap((message) => encoder.encode(message)))).toEqual([
    ['DBIRTH/porch/door', 2, { Restarts: 0, 'Captured FPS': 25, 'Inferred FPS': 12.5 }],
    ['DDATA/porch/door', 3, { 'Captured FPS': 24.5 }],
  ]);
});

test('a metric that the birth did not announce brings a birth', () => {
  for (const message of [statusMessage('running'), count(1)]) encoder.encode(message);
  encoder.birth();
  expect(told(encoder.encode(count(1, 'dog')))).toEqual([
    [
      'DBIRTH/porch/door',
      2,
      { Restarts: 0, 'Count/person': 1, 'Stationary/person': 0, 'Count/dog': 1, 'Stationary/dog': 0 },
    ],
  ]);
});

test('a camera dies and is born with its status', () => {
  encoder.encode(statusMessage('running'));
  encoder.birth();
  const states = ['retrying', 'retrying', 'starting', 'running', 'stopped'] as const;
  expect(told(states.flatMap((state) => encoder.encode(statusMessage(state))))).toEqual([
    ['DDEATH/porch/door', 2, {}],
    ['DBIRTH/porch/door', 3, { Restarts: 0 }],
    ['DDEATH/porch/door', 4, {}],
  ]);
});

test('seq goes to 255 and begins again; a birth of the node takes 0', () => {
  for (const message of [statusMessage('running'), count(0)]) encoder.encode(message);
  encoder.birth();
  const seqs = Array.from({ length: 600 }, (_, i) => told(encoder.encode(count(i + 1)))[0]![1]);
  expect(seqs).toEqual(Array.from({ length: 600 }, (_, i) => (i + 2) % 256));
  expect(told(encoder.birth()).map(([, seq]) => seq)).toEqual([0, 1]);
});

test('bdSeq counts the connections, the same in will, birth, rebirth and farewell', () => {
  const bdSeqs = Array.from({ length: 258 }, () => {
    const [will, birth, rebirth, farewell] = told([
      encoder.will(),
      ...encoder.birth(),
      ...encoder.birth(),
      encoder.death(),
    ]) as [string, number | undefined, { bdSeq: number }][];
    expect([will![0], will![1]]).toEqual(['NDEATH/porch', undefined]);
    expect([birth, rebirth, farewell].map((one) => one![2].bdSeq)).toEqual(Array(3).fill(will![2].bdSeq));
    return will![2].bdSeq;
  });
  expect(bdSeqs).toEqual(Array.from({ length: 258 }, (_, i) => i % 256));
});

test('after a death nothing is said until the next birth, which says it all', () => {
  for (const message of [statusMessage('running'), count(0)]) encoder.encode(message);
  encoder.will();
  encoder.birth();
  encoder.death();
  expect([count(5), statusMessage('running')].flatMap((message) => encoder.encode(message))).toEqual([]);
  encoder.will();
  expect(told(encoder.birth())).toEqual([
    ['NBIRTH/porch', 0, { ...NODE, bdSeq: 1 }],
    ['DBIRTH/porch/door', 1, { Restarts: 0, 'Count/person': 5, 'Stationary/person': 0 }],
  ]);
});

/** NCMD of pysparkplug 0.6.1, which leaves the type out unless told otherwise. */
const untyped = '08808884e0b733121f0a144e6f646520436f6e74726f6c2f5265626972746818808884e0b73370';
const typed = '08808884e0b73312210a144e6f646520436f6e74726f6c2f5265626972746818808884e0b733200b70';
const foreign = (hex: string, value: string) => Buffer.from(hex + value, 'hex');

test.each([
  ['true', foreign(typed, '01'), true],
  ['false', foreign(typed, '00'), false],
  ['true without its type', foreign(untyped, '01'), true],
  ['false without its type', foreign(untyped, '00'), false],
  ['nothing', Buffer.alloc(0), false],
  ['noise', Buffer.from('ff'.repeat(40), 'hex'), false],
  ['JSON', Buffer.from('{"metrics":[{"name":"Node Control/Rebirth","value":true}]}'), false],
  ['half of a payload', foreign(typed, '01').subarray(0, 20), false],
])('a rebirth is asked for by true alone: %s', (_, payload, wanted) => {
  expect(commands(payload, REBIRTH)).toBe(wanted);
});
