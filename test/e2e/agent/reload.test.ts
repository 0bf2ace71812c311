// SIGHUP with another configuration -> what changed runs anew, what did not goes on: real captures, a real Mosquitto.
// A hundred reloads with CSPCAM_RELOADS=100; ten otherwise.

import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { brightModel } from '../../support/bright-model.js';
import { type Daemon, startDaemon } from '../../support/daemon.js';
import { isAlive } from '../../support/processes.js';
import { reload } from '../../support/reload.js';
import { ask } from '../../support/requests.js';
import { subscribe } from '../../support/subscriber.js';

const RELOADS = Number(process.env.CSPCAM_RELOADS ?? 10);
const clip = resolve(import.meta.dirname, '../../../agent/demo/street.mp4');

let daemon: Daemon | undefined;
afterEach(async () => {
  await daemon?.close();
  daemon = undefined;
});

const BALL = { source: 'test:ball?width=160&height=160&fps=5', motion: { enabled: false } };
const ZONE = {
  points: [
    [0, 0],
    [1, 0],
    [1, 1],
  ],
};

const detectionsOf = (camera: string, device = 'porch') => `cspcam/${device}/camera/${camera}/detections`;

/** Sequence numbers of messages and of frames of the camera, as they came. */
function seriesOf({ subscriber }: Daemon, camera: string) {
  const messages = subscriber.seen.filter(({ topic }) => topic === detectionsOf(camera));
  return {
    sequences: messages.map(({ payload }) => payload.sequence as number),
    frames: messages.map(({ payload }) => payload.frame.sequence as number),
    tracks: new Set(messages.flatMap(({ payload }) => payload.tracks.map(({ id }: { id: number }) => id))),
  };
}

const rises = (numbers: readonly number[]) => numbers.slice(1).every((number, i) => number > numbers[i]!);
const last = (numbers: readonly number[]) => numbers.at(-1) ?? -1;

/** A frame that is told of after this. */
async function nextFrame({ subscriber }: Daemon, camera: string): Promise<void> {
  const before =
    subscriber.seen.findLast(({ topic }) => topic === detectionsOf(camera))?.payload.sequence ?? -1;
  await subscriber.next(({ topic, payload }) => topic === detectionsOf(camera) && payload.sequence > before);
}

/** Topics that a client which comes now is given. */
async function retained(port: number): Promise<string[]> {
  const late = await subscribe(port, '#', ['-t', 'end']);
  await late.next(({ topic }) => topic === 'cspcam/porch/health');
  const topics = () => late.seen.filter((message) => message.retained).map(({ topic }) => topic);
  // What is retained comes in any order, and all at once.
  for (let count = 0; count < topics().length; await wait(300)) count = topics().length;
  late.close();
  return topics();
}

test(`an unchanged camera goes on over ${RELOADS} reloads of another, and nothing is left over`, async () => {
  daemon = await startDaemon({ ball: BALL, yard: BALL });
  const { agent, config, subscriber } = daemon;
  for (const camera of ['ball', 'yard']) await nextFrame(daemon, camera);
  const pid = await daemon.capturePid('ball');
  let yardPid = await daemon.capturePid('yard');
  const yards = [
    { ...BALL, zones: { steps: ZONE } },
    { ...BALL, zones: { steps: ZONE, path: ZONE }, labels: ['bright'] },
    { ...BALL, minScore: 0.5, maxFps: 2 },
    { ...BALL, source: 'test:ball?width=320&height=240&fps=5' },
    undefined,
  ];
  const openDescriptors = () => readdirSync(`/proc/${agent.child.pid}/fd`).length;
  const memoryOf = () => {
    const status = readFileSync(`/proc/${agent.child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)![1]);
  };
  const held: { descriptors: number; kilobytes: number }[] = [];
  for (let i = 0; i < RELOADS; i++) {
    const yard = yards[i % yards.length];
    const { refusal } = await reload(daemon, { ...config, cameras: { ball: BALL, ...(yard && { yard }) } });
    expect(refusal).toBeUndefined();
    await nextFrame(daemon, 'ball');
    if (yard !== undefined) await nextFrame(daemon, 'yard');
    else {
      expect(isAlive(yardPid)).toBe(false);
      held.push({ descriptors: openDescriptors(), kilobytes: memoryOf() });
    }
    // The first three leave the source as it is.
    if (i === 2) expect(await daemon.capturePid('yard')).toBe(yardPid);
    if (yard === yards[3]) yardPid = await daemon.capturePid('yard', yardPid);
    if (yard === yards[0] && i > 0) yardPid = await daemon.capturePid('yard');
  }
  expect(await daemon.capturePid('ball')).toBe(pid);
  const { sequences, frames } = seriesOf(daemon, 'ball');
  expect(sequences).toEqual(sequences.map((_, i) => sequences[0]! + i));
  expect(rises(frames)).toBe(true);
  const states = subscriber.seen.filter(({ topic }) => topic.endsWith('ball/status'));
  expect(states.map(({ payload }) => payload.state)).not.toContain('stopped');
  const yard = seriesOf(daemon, 'yard').sequences;
  expect(yard, 'a camera that comes back numbers its messages on').toEqual(yard.map((_, i) => yard[0]! + i));
  const { bootId } = subscriber.seen.find(({ topic }) => topic.endsWith('/info'))!.payload;
  expect(subscriber.seen.every(({ payload }) => (payload?.bootId ?? bootId) === bootId)).toBe(true);
  process.stdout.write(`reloads, descriptors and resident kB: ${JSON.stringify(held)}\n`);
  expect(held.at(-1)!.descriptors).toBeLessThanOrEqual(held[0]!.descriptors + 2);
  const { port } = daemon.broker;
  // What is cleared is on its way to the broker when the reload is over.
  const left = await vi.waitUntil(async () => {
    const topics = await retained(port);
    return topics.every((topic) => !topic.includes('yard')) && topics;
  }, 20_000);
  expect(left).toContain('homeassistant/device/cspcam_porch_ball/config');
});

test('a file that cannot run is refused, and says why without secrets; the next that can is taken', async () => {
  daemon = await startDaemon({ ball: BALL });
  const { agent, config, subscriber } = daemon;
  await nextFrame(daemon, 'ball');
  const pid = await daemon.capturePid('ball');
  const secret = 'rtsp://joe:se3cretword@127.0.0.1/s';
  const refused: [config: object | string, why: string][] = [
    ['device: [', 'cspcam.yaml:1'],
    [{ ...config, minScore: 'high' }, 'for minScore, received high'],
    [{ ...config, cameras: { ball: { ...BALL, source: `${secret} x`, colour: 'red' } } }, 'colour'],
    [{ ...config, model: '/nowhere' }, 'expected a model folder with model.json for /nowhere'],
    [{ ...config, inference: { provider: 'tensorrt' } }, 'tensorrt'],
  ];
  for (const [other, why] of refused) {
    const { refusal, refusedAt, loadedAt } = await reload(daemon, other);
    expect(refusal).toContain(why);
    expect(refusal).not.toContain('se3cretword');
    expect(Date.parse(refusedAt!)).toBeGreaterThan(Date.parse(loadedAt));
    await nextFrame(daemon, 'ball');
  }
  expect(agent.err.match(/the configuration is refused: the one before goes on/g)).toHaveLength(
    refused.length,
  );
  expect(agent.err).not.toContain('se3cretword');
  const { loadedAt, refusal } = await reload(daemon, { ...config, minScore: 0.5 });
  expect(refusal).toBeUndefined();
  expect(Date.parse(loadedAt)).toBeLessThanOrEqual(Date.now());
  await subscriber.next(
    ({ topic, payload }) => topic.endsWith('/settings') && payload.cameras.ball.minScore === 0.5,
  );
  await subscriber.next(({ topic, payload }) => topic.endsWith('/info') && payload.config.minScore === 0.5);
  expect(await daemon.capturePid('ball')).toBe(pid);
  const { sequences } = seriesOf(daemon, 'ball');
  expect(sequences).toEqual(sequences.map((_, i) => sequences[0]! + i));
});

test('what requests have changed outlasts a reload where it is kept, the level of the log too', async () => {
  daemon = await startDaemon({ ball: BALL }, { requests: { allow: ['log', 'thresholds'], keep: true } });
  const { config, subscriber } = daemon;
  await nextFrame(daemon, 'ball');
  await ask(daemon, 'log', { level: 'debug' });
  await ask(daemon, 'thresholds', { minScore: 0.6 });
  await reload(daemon, { ...config, stats: { intervalSeconds: 2 } });
  const settings = await subscriber.next(
    ({ topic, payload }) => topic.endsWith('/settings') && payload.cameras.ball.minScore === 0.6,
  );
  expect(settings.payload).toMatchObject({ logLevel: 'debug', kept: true });
  await reload(daemon, { ...config, requests: { allow: ['log'] } });
  const { payload } = await subscriber.next(
    ({ topic, payload }) => topic.endsWith('/settings') && payload.kept === false,
  );
  expect(payload).toMatchObject({ logLevel: 'info', cameras: { ball: { minScore: expect.any(Number) } } });
  expect(payload.cameras.ball.minScore).not.toBe(0.6);
});

test('another model: cameras go on where their pictures stay as they are, and are opened anew where not', async () => {
  daemon = await startDaemon({ ball: BALL, street: { source: clip, loop: true } });
  const { config, subscriber } = daemon;
  await nextFrame(daemon, 'ball');
  const pid = await daemon.capturePid('ball');
  await reload(daemon, { ...config, inference: { threads: 2, sessions: 2 } });
  await nextFrame(daemon, 'ball');
  await subscriber.next(({ topic, payload }) => topic.endsWith('/info') && payload.inference.sessions === 2);
  expect(await daemon.capturePid('ball')).toBe(pid);
  await reload(daemon, { ...config, model: await brightModel({ kind: 'stretch' }) });
  await daemon.capturePid('ball', pid);
  await subscriber.next(
    ({ topic, payload }) => topic === detectionsOf('street') && payload.frame.content.height === 160,
  );
  // Of another size.
  const { model: _, ...packaged } = config;
  await reload(daemon, packaged);
  await subscriber.next(
    ({ topic, payload }) => topic === detectionsOf('street') && payload.frame.inputSize.width !== 160,
  );
  expect(last(seriesOf(daemon, 'street').sequences)).toBeGreaterThan(0);
  expect(daemon.agent.err).not.toContain('the detector failed');
});
