// The Sparkplug node with a broker made by hand -> connections, losses, commands, farewell.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Outgoing } from '../../../../agent/messaging/broker/client.js';
import type { ConnectionEvent } from '../../../../agent/messaging/broker/session.js';
import { REBIRTH, SparkplugEncoder } from '../../../../agent/messaging/encodings/sparkplug.js';
import { SparkplugNode } from '../../../../agent/messaging/encodings/sparkplug-node.js';
import { encodeSparkplug } from '../../../../agent/messaging/encodings/sparkplug-payload.js';
import { never } from '../../../support/ending.js';
import { fakeBroker } from '../../../support/fake-broker.js';
import { statusMessage } from '../../../support/messages.js';
import { mqttConfig } from '../../../support/publisher.js';
import { readSparkplug } from '../../../support/sparkplug.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const PLANT = 'spBv1.0/plant/';
const bdSeqOf = (payload: Outgoing['payload']) => readSparkplug(payload as Buffer).metrics.bdSeq?.[1];

function setUp() {
  const { connect, connections } = fakeBroker();
  const told: ConnectionEvent[] = [];
  let connects = 0;
  const nextConnect = () => connects++;
  const node = new SparkplugNode({
    mqtt: mqttConfig('mqtt://broker'),
    encoder: new SparkplugEncoder({ group: 'plant', node: 'porch', now: Date.now, nextConnect }),
    connect,
    nowMs: Date.now,
    random: () => 1,
    onConnection: (event) => told.push(event),
  });
  void node.start(never);
  const last = async () => {
    await vi.advanceTimersByTimeAsync(0);
    expect(connections.at(-1)?.protocol).toBe('3.1.1');
    return connections.at(-1)!;
  };
  return { node, connections, told, last };
}

const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

test('subscribes to commands, then says the births', async () => {
  const { node, last } = setUp();
  node.update(statusMessage('running'));
  const { events, calls } = await last();
  events.onConnect({});
  expect(calls).toEqual([
    `subscribe ${PLANT}NCMD/porch`,
    `${PLANT}NBIRTH/porch`,
    `${PLANT}DBIRTH/porch/door`,
  ]);
});

test('each connection has a bdSeq of its own; the wait doubles, over brief connections too', async () => {
  const { connections, told, last } = setUp();
  for (const isRefused of [true, true, false, false]) {
    const { events } = await last();
    if (!isRefused) events.onConnect({});
    events.onClose(isRefused ? refused : undefined);
    await vi.advanceTimersByTimeAsync(30_000);
  }
  expect(connections.map(({ will }) => bdSeqOf(will!.payload))).toEqual([0, 1, 2, 3, 4]);
  const retries = told.filter((event) => event.status === 'retrying');
  expect(retries.map(({ failure, retryInMs }) => [failure.kind, retryInMs])).toEqual([
    ['unreachable', 1000],
    ['unreachable', 2000],
    ['lost', 4000],
    ['lost', 8000],
  ]);
});

test('a connection that lasted begins the wait anew', async () => {
  const { told, last } = setUp();
  for (const livedMs of [10, 40_000]) {
    const { events } = await last();
    events.onConnect({});
    await vi.advanceTimersByTimeAsync(livedMs);
    events.onClose(undefined);
    await vi.advanceTimersByTimeAsync(30_000);
  }
  expect(told.at(-1)).toMatchObject({ status: 'retrying', attempt: 1, retryInMs: 1000 });
});

test.each([
  ['asks for births', REBIRTH, true, false, true],
  ['is of an earlier host: retained', REBIRTH, true, true, false],
  ['says false', REBIRTH, false, false, false],
  ['is another', 'Node Control/Reboot', true, false, false],
])('a command that %s', async (_, name, value, retained, brings) => {
  const { last } = setUp();
  const { events, calls } = await last();
  events.onConnect({});
  const payload = encodeSparkplug({ timestamp: 0, metrics: [{ name, type: 'Boolean', value }] });
  events.onMessage({ topic: 'spBv1.0/plant/NCMD/porch', payload, retained });
  expect(calls.filter((call) => call === `${PLANT}NBIRTH/porch`)).toHaveLength(brings ? 2 : 1);
});

test('a broker that takes nothing is left', async () => {
  const { node, last } = setUp();
  const connection = await last();
  connection.events.onConnect({});
  connection.unsentBytes = 60_000;
  node.update(statusMessage('running'));
  expect(connection.calls.at(-1)).toBe(`${PLANT}DBIRTH/porch/door`);
  connection.unsentBytes = 70_000;
  node.update(statusMessage('stopped'));
  expect(connection.calls.at(-1)).toBe('destroy');
});

test('stopping says the farewell of this bdSeq and is safe twice; nothing is tried afterwards', async () => {
  const { node, connections, last } = setUp();
  const { events, calls } = await last();
  events.onConnect({});
  await Promise.all([node.stop(), node.stop()]);
  expect(calls.slice(-3)).toEqual([`${PLANT}NDEATH/porch`, 'goodbye', 'destroy']);
  events.onClose(undefined);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(connections).toHaveLength(1);
});

test('stopping while the broker is away ends the waiting', async () => {
  const { node, connections, last } = setUp();
  (await last()).events.onClose(refused);
  await node.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(connections).toHaveLength(1);
});
