// A running daemon -> the room that JavaScript has taken in it.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { byKind, parseSmaps } from '../../../scripts/bench/memory/smaps.js';
import { startDaemon } from '../../support/daemon.js';

/** 53 MB on an AMD EPYC, the thread of the network included; 77 where the room for new objects doubles. */
const MOST_V8_BYTES = 64e6;

test('the heap for new objects stays small', async () => {
  const daemon = await startDaemon({ ball: { source: 'test:ball?width=320&height=240&fps=50' } });
  try {
    const { subscriber, agent } = daemon;
    await subscriber.next(
      ({ topic, payload }) => topic.endsWith('/stats') && payload.cameras.ball.inferred > 100,
    );
    const kinds = byKind(parseSmaps(readFileSync(`/proc/${agent.child.pid}/smaps`, 'utf8')));
    expect(kinds.v8, JSON.stringify(kinds)).toBeLessThan(MOST_V8_BYTES);
  } finally {
    await daemon.close();
  }
});
