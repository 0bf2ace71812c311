// 20,000 frames through the whole daemon -> its memory and that of its capture stay flat after warm-up.

import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { median } from '../../../agent/bench/figures.js';
import { startDaemon } from '../../support/daemon.js';
import { residentBytes } from '../../support/processes.js';

const FRAMES = 20_000;
const WARM_UP_FRAMES = 8_000;

test('resident memory of the daemon grows by less than 5%', async () => {
  const daemon = await startDaemon({ ball: { source: 'test:ball?width=320&height=240&fps=200' } });
  try {
    const { subscriber, agent } = daemon;
    await subscriber.next(({ topic }) => topic.endsWith('/detections'));
    const pids = [agent.child.pid!, await daemon.capturePid('ball')];
    const inferred = () =>
      subscriber.seen.findLast(({ topic }) => topic.endsWith('/stats'))?.payload.cameras.ball?.inferred ?? 0;
    const warm: number[][] = [[], []];
    const late: number[][] = [[], []];
    while (inferred() < FRAMES) {
      await wait(500);
      const samples =
        inferred() < WARM_UP_FRAMES ? undefined : inferred() < (WARM_UP_FRAMES + FRAMES) / 2 ? warm : late;
      for (const [i, pid] of pids.entries()) samples?.[i]?.push(await residentBytes(pid));
    }
    for (const i of pids.keys()) {
      expect(warm[i]!.length, 'samples').toBeGreaterThan(5);
      expect(late[i]!.length, 'samples').toBeGreaterThan(5);
      const growth = median(late[i]!) / median(warm[i]!);
      expect(growth, `process ${i}: ${median(warm[i]!)} to ${median(late[i]!)} bytes`).toBeLessThan(1.05);
    }
  } finally {
    await daemon.close();
  }
});
