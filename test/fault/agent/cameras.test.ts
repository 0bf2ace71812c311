// Captures and a broker that die under a running daemon -> the rest goes on, and they come back.

import { afterEach, expect, test } from 'vitest';
import { type Daemon, startDaemon } from '../../support/daemon.js';
import { subscribe } from '../../support/subscriber.js';

let daemon: Daemon | undefined;
afterEach(async () => {
  await daemon?.close();
  daemon = undefined;
});

const cameras = {
  one: { source: 'test:ball?width=160&height=160&fps=20', stallTimeoutSeconds: 2 },
  two: { source: 'test:snow?width=160&height=160&fps=20', stallTimeoutSeconds: 2 },
};

test.each(['SIGKILL', 'SIGSTOP', 'SIGSEGV'] as const)(
  '%s of one capture: the other goes on, and it comes back',
  async (signal) => {
    daemon = await startDaemon(cameras);
    const { subscriber } = daemon;
    const topic = (camera: string) => `cspcam/porch/camera/${camera}/detections`;
    for (const camera of ['one', 'two']) await subscriber.next((message) => message.topic === topic(camera));
    const capturedAt = () =>
      subscriber.seen
        .filter((message) => message.topic === topic('two'))
        .map((message) => Date.parse(message.payload.frame.capturedAt));
    const longestGap = (times: readonly number[]) =>
      Math.max(...times.slice(1).map((time, i) => time - times[i]!));
    // What a gap is on this machine, as busy as it is.
    await subscriber.next(() => capturedAt().length > 20);
    const usual = longestGap(capturedAt());
    const pid = await daemon.capturePid('one');
    process.kill(pid, signal);
    const { payload } = await subscriber.next(
      (message) => message.topic.endsWith('one/status') && message.payload.state === 'retrying',
    );
    expect(payload.failure).toBe(signal === 'SIGSTOP' ? 'stalled' : 'crashed');
    const retryingAt = subscriber.seen.length;
    await subscriber.next(() =>
      subscriber.seen.slice(retryingAt).some((message) => message.topic === topic('one')),
    );
    expect(await daemon.capturePid('one', pid)).toBeGreaterThan(0);
    // Two seconds of the other camera after the fault, whatever the machine's speed.
    const killedAtMs = Date.parse(payload.sentAt);
    await subscriber.next(
      (message) =>
        message.topic === topic('two') && Date.parse(message.payload.frame.capturedAt) > killedAtMs + 2000,
    );
    expect(longestGap(capturedAt())).toBeLessThan(Math.max(1000, 4 * usual));
    const statuses = subscriber.seen.filter((message) => message.topic.endsWith('two/status'));
    expect(new Set(statuses.map((message) => message.payload.state))).toEqual(
      new Set(['starting', 'running']),
    );
  },
);

test('a broker that goes and comes: state is right throughout, and detections come again', async () => {
  daemon = await startDaemon({ one: cameras.one });
  const { broker, subscriber, agent } = daemon;
  await subscriber.next(({ topic }) => topic.endsWith('/detections'));
  for (let round = 0; round < 2; round++) {
    const told = agent.err.length;
    await broker.stop();
    await expect.poll(() => agent.err.slice(told), { timeout: 60_000 }).toContain('"attempt":');
    await broker.restart();
    const again = await subscribe(broker.port, 'cspcam/#');
    await again.next(
      ({ topic, payload }) => topic === 'cspcam/porch/state' && payload.state === 'online',
      60_000,
    );
    await again.next(({ topic }) => topic.endsWith('/detections'), 60_000);
    expect(again.seen.some(({ payload }) => payload.state === 'offline')).toBe(false);
    again.close();
  }
  const witness = await subscribe(broker.port, 'cspcam/porch/state');
  await witness.next(({ payload }) => payload.state === 'online');
  // No goodbye: the broker tells it by the will.
  agent.child.kill('SIGKILL');
  await witness.next(({ payload }) => payload.state === 'offline', 60_000);
  witness.close();
});
