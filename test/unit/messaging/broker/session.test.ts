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
      nowMs: Date.now,
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

test('what the broker has kept is read once after each connect, until nothing more of it comes', async () => {
  const { session, connections, settle } = setUp();
  session.listen(['a'], () => {}, ['a', 'b/#', 'c']);
  await session.start(never);
  await settle();
  const [first] = connections;
  first!.events.onConnect({});
  const unsubscribed = () => first!.calls.filter((call) => call.startsWith('unsubscribe'));
  await vi.advanceTimersByTimeAsync(9000);
  first!.events.onMessage({ topic: 'b/1', payload, retained: true });
  await vi.advanceTimersByTimeAsync(9000);
  // What others say now is no reason to go on.
  first!.events.onMessage({ topic: 'b/2', payload, retained: false });
  expect(unsubscribed()).toEqual([]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(unsubscribed()).toEqual(['unsubscribe b/#', 'unsubscribe c']);
  first!.events.onMessage({ topic: 'b/3', payload, retained: true });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(unsubscribed()).toHaveLength(2);
  first!.events.onClose(undefined);
  await vi.advanceTimersByTimeAsync(1000);
  const [, second] = connections;
  second!.events.onConnect({});
  second!.events.onClose(undefined);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(second!.calls.filter((call) => call.startsWith('unsubscribe'))).toEqual([]);
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

test('other listeners in their place: what is new is subscribed to at once, and nobody else hears', async () => {
  const { session, connections, settle } = setUp();
  const heard: string[] = [];
  session.listen(['a', 'b'], ({ topic }) => heard.push(`one ${topic}`), ['k']);
  await session.start(never);
  await settle();
  connections[0]!.events.onConnect({});
  const onMessage = ({ topic }: { topic: string }) => heard.push(`two ${topic}`);
  session.replaceListeners([{ filters: ['b', 'c'], keptFilters: ['k', 'l'], onMessage }]);
  await settle();
  const { calls } = connections[0]!;
  expect(calls).toEqual([
    ...['subscribe a', 'subscribe b', 'subscribe k', 'hello', 'subscribe c', 'subscribe l'],
  ]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(calls.slice(6)).toEqual(['unsubscribe k', 'unsubscribe l']);
  connections[0]!.events.onMessage({ topic: 'b', payload, retained: true });
  connections[0]!.events.onClose(undefined);
  await vi.advanceTimersByTimeAsync(1000);
  connections[1]!.events.onConnect({});
  expect(connections[1]!.calls).toEqual([
    ...['subscribe b', 'subscribe c', 'subscribe k', 'subscribe l', 'hello'],
  ]);
  expect(heard).toEqual(['two b']);
});
