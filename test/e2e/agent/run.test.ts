// `cspcam run` on real pipelines and a real Mosquitto -> what an independent subscriber sees.

import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, expect, test } from 'vitest';
import { messageSchema } from '../../../agent/messaging/schemas.js';
import { type MessageKind, topicTable } from '../../../agent/messaging/topics.js';
import { brightModel } from '../../support/bright-model.js';
import { cspcam, writeConfig } from '../../support/cspcam.js';
import { type Daemon, startDaemon } from '../../support/daemon.js';
import { freePort } from '../../support/mosquitto.js';
import { childrenOf, isAlive } from '../../support/processes.js';
import { subscribe } from '../../support/subscriber.js';

const committed = resolve(import.meta.dirname, '../../../agent/messaging/messages.schema.json');
const clip = resolve(import.meta.dirname, '../../../agent/demo/street.mp4');

let daemon: Daemon | undefined;
afterEach(async () => {
  await daemon?.close();
  daemon = undefined;
});

const BALL = { source: 'test:ball?width=160&height=160&fps=20' };
const detectionsOf = (camera: string) => `cspcam/porch/camera/${camera}/detections`;

test('two cameras: a ball is found where it is, every message fits its schema, SIGTERM ends it all', async () => {
  daemon = await startDaemon({
    ball: { source: 'test:ball?width=320&height=240&fps=20' },
    street: { source: clip, loop: true },
    shed: { source: 'test:snow', enabled: false },
  });
  const { subscriber, agent } = daemon;
  for (const camera of ['ball', 'street'])
    await subscriber.next(
      ({ topic, payload }) => topic === detectionsOf(camera) && payload.detections.length > 0,
    );
  await subscriber.next(
    ({ topic, payload }) => topic.endsWith('/stats') && Object.keys(payload.cameras).length === 2,
  );
  for (const once of ['diagnostics', 'health', 'settings', 'info'])
    await subscriber.next(({ topic }) => topic === `cspcam/porch/${once}`);

  const ball = subscriber.seen.find(
    ({ topic, payload }) => topic === detectionsOf('ball') && payload.detections.length > 0,
  )!.payload;
  expect(ball.frame).toMatchObject({
    sourceSize: { width: 320, height: 240 },
    inputSize: { width: 160, height: 160 },
    content: { x: 0, y: 20, width: 160, height: 120 },
  });
  expect(ball.frame.ageMs).toBeGreaterThanOrEqual(0);
  expect(Date.parse(ball.frame.capturedAt)).toBeLessThanOrEqual(Date.parse(ball.sentAt));
  // The ball of videotestsrc has a radius of 20 pixels; a cell of the network is 16 source pixels wide.
  const boxes: number[][] = ball.detections.map(({ box }: { box: number[] }) => box);
  const spread = Math.max(...boxes.map((box) => box[2]!)) - Math.min(...boxes.map((box) => box[0]!));
  expect(spread).toBeLessThanOrEqual(64);

  const schema = JSON.parse(readFileSync(committed, 'utf8'));
  const ajv = new Ajv2020({ strict: false, formats: { 'date-time': true } }).addSchema(schema);
  const kindOf = (topic: string) =>
    (Object.keys(topicTable) as MessageKind[]).find((kind) =>
      new RegExp(`^cspcam/porch/${topicTable[kind].path.replace(/<\w+>/g, '[a-z_]+')}$`).test(topic),
    );
  const kinds = new Set<string>();
  for (const { topic, payload } of subscriber.seen.filter(
    (message) => !message.topic.endsWith('/snapshot'),
  )) {
    const kind = kindOf(topic)!;
    kinds.add(kind);
    for (const part of [`#/$defs/${kind}`, '']) {
      const fits = ajv.getSchema(`${schema.$id}${part}`)!;
      expect([topic, fits(payload), fits.errors]).toEqual([topic, true, null]);
    }
    // The committed file lets unknown keys pass, for later versions; this version has none.
    expect(messageSchema(kind).parse(payload)).toEqual(payload);
  }
  expect([...kinds].sort()).toEqual([
    'count',
    'detections',
    'diagnostics',
    'events',
    'health',
    'info',
    'settings',
    'state',
    'stats',
    'status',
  ]);
  expect(subscriber.seen.find(({ topic }) => topic.endsWith('shed/status'))?.payload.state).toBe('stopped');

  const captures = await childrenOf(agent.child.pid!);
  expect(captures).toHaveLength(2);
  // An end that takes longer than 2.8 s is by a signal, and without a code.
  agent.child.kill('SIGTERM');
  expect((await agent.finished()).code).toBe(0);
  expect(captures.filter(isAlive)).toEqual([]);
  const late = await subscribe(daemon.broker.port, 'cspcam/porch/state');
  expect((await late.next(() => true)).payload.state).toBe('offline');
  late.close();
});

test('a recording that is not repeated ends, and the agent with it', async () => {
  daemon = await startDaemon({ short: { source: 'test:ball?width=160&height=160&fps=20&frames=20' } });
  expect((await daemon.agent.finished()).code).toBe(0);
  const states = daemon.subscriber.seen
    .filter(({ topic }) => topic.endsWith('short/status'))
    .map(({ payload }) => payload.state);
  expect(states).toContain('ended');
});

test('minScore, labels and maxFps of a camera', async () => {
  daemon = await startDaemon({
    all: { source: 'test:white?width=160&height=160&fps=20' },
    none: { source: 'test:white?width=160&height=160&fps=20', labels: ['person'] },
    slow: { source: 'test:white?width=160&height=160&fps=20', maxFps: 2 },
  });
  const { subscriber } = daemon;
  for (const camera of ['all', 'none', 'slow'])
    await subscriber.next(({ topic }) => topic === detectionsOf(camera));
  const of = (camera: string) => subscriber.seen.filter(({ topic }) => topic === detectionsOf(camera));
  /** Milliseconds from each frame to the next, by their times of capture. */
  const steps = (camera: string) => {
    const times = of(camera).map(({ payload }) => Date.parse(payload.frame.capturedAt));
    return times.slice(1).map((time, i) => time - times[i]!);
  };
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  await subscriber.next(() => steps('slow').length >= 8 && steps('none').length >= 8);
  // However busy the machine: without a limit two frames are nearer than half a second, with it never in the mean.
  await subscriber.next(() => Math.min(...steps('all')) < 400);
  expect(mean(steps('slow'))).toBeGreaterThan(450);
  expect(of('all').every(({ payload }) => payload.detections.length > 0)).toBe(true);
  expect(of('none').every(({ payload }) => payload.detections.length === 0)).toBe(true);
});

test('a camera that cannot be reached is told on its status; the other goes on', async () => {
  const port = await freePort();
  daemon = await startDaemon({
    dead: { source: `rtsp://joe:se3cret@127.0.0.1:${port}/stream` },
    gone: { source: 'file:/nowhere/clip.mp4' },
    odd: { source: 'gst:videotestsrc ! noelement' },
    ball: { source: 'test:ball?width=160&height=160&fps=20' },
  });
  const { subscriber } = daemon;
  const failures: [camera: string, failure: string][] = [
    ['dead', 'refused'],
    ['gone', 'not-found'],
    ['odd', 'no-element'],
  ];
  for (const [camera, failure] of failures) {
    const { payload } = await subscriber.next(
      ({ topic, payload }) => topic.endsWith(`${camera}/status`) && payload.state === 'retrying',
    );
    expect(payload).toMatchObject({ failure, attempt: 1 });
    expect(JSON.stringify(payload)).not.toContain('se3cret');
    expect(payload.message.split('\n')).toHaveLength(1);
  }
  await subscriber.next(({ topic }) => topic === detectionsOf('ball'));
  expect(daemon.agent.err).not.toContain('se3cret');
});

test.each([
  ['no file', [], 2, "required option '--config <file>' not specified"],
  [
    'a file that is not there',
    ['--config', '/nowhere.yaml'],
    2,
    'expected a readable file, received no such file',
  ],
])('wrong usage, %s: one line and exit code 2', async (_, args, code, line) => {
  const result = await cspcam('run', ...args);
  expect(result.code).toBe(code);
  expect(result.err.trim().split('\n')).toHaveLength(1);
  expect(result.err).toContain(line);
});

test('a file that may come with its disk: one line, and exit code 1, by which a service is tried again', async () => {
  const file = await writeConfig({
    device: 'porch',
    mqtt: { url: 'mqtt://127.0.0.1:1', username: 'porch', passwordFile: '/nowhere/password' },
    cameras: { ball: { source: 'test:ball' } },
  });
  const { code, err } = await cspcam('run', '--config', file);
  expect(err.trim()).toMatch(
    /^cspcam: .*for mqtt\.passwordFile, received \/nowhere\/password \(no such file\)$/,
  );
  expect(code).toBe(1);
});

test('a model that is missing: one line and exit code 1', async () => {
  const file = await writeConfig({
    device: 'porch',
    mqtt: { url: 'mqtt://127.0.0.1:1' },
    model: '/nowhere',
    cameras: { ball: { source: 'test:ball' } },
  });
  const { code, err } = await cspcam('run', '--config', file);
  expect([code, err.trim()]).toEqual([
    1,
    'cspcam: expected a model folder with model.json for /nowhere, received ENOENT',
  ]);
});

test('an outbox that cannot be written is said once, and the agent runs', async () => {
  daemon = await startDaemon({ ball: BALL }, { mqtt: { outbox: { directory: '/dev/null/outbox' } } });
  const { agent, subscriber } = daemon;
  await subscriber.next(({ topic }) => topic === detectionsOf('ball'));
  agent.child.kill('SIGTERM');
  const { code, err } = await agent.finished();
  expect(code).toBe(0);
  expect(err.match(/the outbox goes on without its folder/g)).toHaveLength(1);
});

test('a second agent on the outbox of a first: one line and exit code 1, and the first goes on', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'outbox-'));
  daemon = await startDaemon({ ball: BALL }, { mqtt: { outbox: { directory } } });
  const { subscriber } = daemon;
  await subscriber.next(({ topic }) => topic === detectionsOf('ball'));
  const file = await writeConfig({
    device: 'barn',
    mqtt: { url: daemon.broker.url, outbox: { directory } },
    model: await brightModel(),
    cameras: { ball: BALL },
  });
  const { code, err } = await cspcam('run', '--config', file);
  expect([code, err.trim().split('\n').at(-1)]).toEqual([
    1,
    `cspcam: expected a folder that no other agent uses for mqtt.outbox.directory, received ${directory}/outbox, which another cspcam uses`,
  ]);
  const { sequence } = subscriber.seen.findLast(({ topic }) => topic === detectionsOf('ball'))!.payload;
  await subscriber.next(
    ({ topic, payload }) => topic === detectionsOf('ball') && payload.sequence > sequence + 10,
  );
});

test('a port in use for the embedded broker: one line and exit code 1', async () => {
  daemon = await startDaemon({ ball: { source: 'test:ball' } });
  const file = await writeConfig({
    device: 'barn',
    mqtt: { embeddedBroker: { port: daemon.broker.port } },
    model: await brightModel(),
    cameras: { ball: { source: 'test:ball' } },
  });
  const { code, err } = await cspcam('run', '--config', file);
  expect([code, err.trim().split('\n').at(-1)]).toEqual([
    1,
    `cspcam: expected a free address for mqtt.embeddedBroker, received 127.0.0.1:${daemon.broker.port} (in use)`,
  ]);
});

test('the second Ctrl-C ends it at once, whatever hangs', async () => {
  daemon = await startDaemon({ ball: { source: 'test:ball?width=160&height=160&fps=20' } });
  const { agent, broker, subscriber } = daemon;
  await subscriber.next(({ topic }) => topic === detectionsOf('ball'));
  const captures = await childrenOf(agent.child.pid!);
  // An orderly end waits for a broker that does not answer.
  broker.freeze();
  agent.child.kill('SIGINT');
  await expect.poll(() => captures.filter(isAlive), { interval: 10, timeout: 60_000 }).toEqual([]);
  agent.child.kill('SIGINT');
  const { code, err } = await agent.finished();
  expect([code, agent.child.signalCode]).toEqual([null, expect.stringMatching(/^SIG(INT|KILL)$/)]);
  expect(err).not.toContain('expected an end within');
});
