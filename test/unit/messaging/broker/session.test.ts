// A session with a broker made by hand -> who is heard when, and what is left of a start that is cut short.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BrokerSession } from '../../../../agent/messaging/broker/session.js';
import { never } from '../../../support/ending.js';
import { fakeBroker } from '../../../support/fake-broker.js';
import { mqttConfig } from '../../../support/publisher.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const message = (topic: string) => ({ topic, payload: '', options: { qos: 1, retain: false } }) as const;

function setUp(farewell = (send: () => Promise<unknown>) => send()) {
  const { connect, connections } = fakeBroker();
  const told: string[] = [];
  const session: BrokerSession = new BrokerSession(
    {
      mqtt: mqttConfig('mqtt://broker'),
      connect,
      now: Date.now,
      random: () => 1,
      onConnection: ({ status }) => told.push(status),
    },
    {
      will: () => message('will'),
      connected: () => session.send(message('hello')),
      disconnected: () => told.push('disconnected'),
      farewell: () => farewell(() => session.sendLast(message('farewell'))),
      farewellMs: 700,
    },
  );
  const settle = () => vi.advanceTimersByTimeAsync(0);
  return { session, connections, told, settle };
}

const payload = Buffer.alloc(0);

test('filters of every listener are asked for before the first word, after each connect', async () => {
  const { session, connections, settle } = setUp();
  const heard: string[] = [];
  session.listen(['a/#', 'b'], ({ topic }) => heard.push(`one ${topic}`));
  session.listen(['c'], ({ topic }) => heard.push(`two ${topic}`));
  await session.start(never);
  await settle();
  connections[0]!.events.onConnect({ receiveMaximum: 20 });
  connections[0]!.events.onMessage({ topic: 'b', payload, retained: true });
  connections[0]!.events.onClose(undefined);
  await vi.advanceTimersByTimeAsync(1000);
  connections[1]!.events.onConnect({});
  for (const { calls, will } of connections)
    expect([calls, will?.topic]).toEqual([['subscribe a/#', 'subscribe b', 'subscribe c', 'hello'], 'will']);
  expect(heard).toEqual(['one b', 'two b']);
});

test('who listens after the start would miss what is retained: it is refused', async () => {
  const { session } = setUp();
  await session.start(never);
  expect(() => session.listen(['a'], () => {})).toThrow(
    'expected a call before start() for listen, received a',
  );
});

test('the limits are those of the present connection, and of the last one while there is none', async () => {
  const { session, connections, settle } = setUp();
  await session.start(never);
  await settle();
  expect(session.limits).toEqual({});
  connections[0]!.events.onConnect({ receiveMaximum: 20, maximumPacketBytes: 1000 });
  connections[0]!.events.onClose(undefined);
  expect(session.limits).toEqual({ receiveMaximum: 20, maximumPacketBytes: 1000 });
  await vi.advanceTimersByTimeAsync(1000);
  connections[1]!.events.onConnect({});
  expect(session.limits).toEqual({});
});

test('without a connection nothing is sent, and the sender knows', async () => {
  const { session, connections, settle } = setUp();
  const answers: string[] = [];
  session.send(message('early'), ({ kind }) => answers.push(kind));
  await session.start(never);
  await settle();
  session.send(message('not accepted yet'), ({ kind }) => answers.push(kind));
  expect([answers, connections[0]!.calls]).toEqual([['pending', 'pending'], []]);
});

test('stopping while it connects closes what is opened then; nothing is said and nothing tried again', async () => {
  const { session, connections, told, settle } = setUp();
  await session.start(never);
  await session.stop();
  expect(connections[0]!.calls).toContain('destroy');
  connections[0]!.events.onConnect({});
  connections[0]!.events.onClose(undefined);
  await vi.advanceTimersByTimeAsync(60_000);
  await settle();
  expect([connections.length, connections[0]!.calls.filter((call) => call !== 'destroy'), told]).toEqual([
    1,
    [],
    [],
  ]);
});

test('stopped before it was started, or aborted, it does not start', async () => {
  const stopped = setUp();
  await stopped.session.stop();
  await expect(stopped.session.start(never)).rejects.toThrow();
  const aborted = setUp();
  await expect(aborted.session.start(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  await vi.advanceTimersByTimeAsync(1000);
  expect([...stopped.connections, ...aborted.connections]).toEqual([]);
});

test('a farewell that does not end is cut short', async () => {
  const { session, connections, settle } = setUp(() => new Promise(() => {}));
  await session.start(never);
  await settle();
  connections[0]!.events.onConnect({});
  let isStopped = false;
  void session.stop().then(() => {
    isStopped = true;
  });
  await vi.advanceTimersByTimeAsync(699);
  expect(isStopped).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect([isStopped, connections[0]!.calls]).toEqual([true, ['hello', 'goodbye', 'destroy']]);
});

test('after a farewell that fails there is no goodbye, as the broker then sends the will', async () => {
  const { session, connections, settle } = setUp(() => Promise.reject(new Error('boom')));
  await session.start(never);
  await settle();
  connections[0]!.events.onConnect({});
  await session.stop();
  expect(connections[0]!.calls).toEqual(['hello', 'destroy']);
});
