// Machines that serve so many cameras -> what the search finds, and with which trials.

import { expect, test } from 'vitest';
import { mostCameras } from '../../../agent/bench/camera-search.js';
import { judged } from '../../../agent/bench/multistream.js';

const search = async (isWithin: (cameras: number, attempt: number) => boolean, most?: number) => {
  const asked: number[] = [];
  const trial = async (cameras: number) => {
    asked.push(cameras);
    const attempt = asked.filter((one) => one === cameras).length;
    return { cameras, isWithin: isWithin(cameras, attempt) };
  };
  const { best, cameras } = await mostCameras(trial, most);
  return { best: best.cameras, cameras, asked };
};

test.each<[serves: number, asked: number[]]>([
  [0, [1, 1]],
  [1, [1, 2, 2]],
  [2, [1, 2, 4, 4, 3, 3]],
  [3, [1, 2, 4, 4, 3]],
  [11, [1, 2, 4, 8, 16, 16, 12, 12, 10, 11]],
])('a machine for %i cameras: trials with %j', async (serves, asked) => {
  const found = await search((cameras) => cameras <= serves);
  expect(found).toEqual({ cameras: serves, best: Math.max(1, serves), asked });
});

test('of every number up to a hundred the search finds that number', async () => {
  for (let serves = 0; serves <= 100; serves++)
    expect((await search((cameras) => cameras <= serves)).cameras).toBe(serves);
});

test('what was disturbed once is tried again', async () => {
  const found = await search((cameras, attempt) => cameras <= 6 && !(cameras === 4 && attempt === 1));
  expect([found.cameras, found.asked.slice(0, 5)]).toEqual([6, [1, 2, 4, 4, 8]]);
});

test('a machine without a limit ends at the most that is asked for', async () => {
  const found = await search(() => true, 20);
  expect(found).toEqual({ cameras: 20, best: 20, asked: [1, 2, 4, 8, 16, 20] });
});

const ages = (count: number, ms: number) => Array.from({ length: count }, () => ms);

test.each<[string, number[], number, object]>([
  ['all in time', ages(100, 50), 100, { p99Ms: 50, dropped: 0, inTime: 1, isWithin: true }],
  ['one of a hundred late', [...ages(99, 50), 500], 100, { p99Ms: 50, inTime: 0.99, isWithin: true }],
  ['two of a hundred late', [...ages(98, 50), 500, 501], 100, { p99Ms: 500, inTime: 0.98, isWithin: false }],
  ['as late as it may be', ages(10, 200), 10, { inTime: 1, isWithin: true }],
  ['one of a hundred dropped', ages(99, 50), 100, { dropped: 0.01, inTime: 0.99, isWithin: true }],
  ['half of them dropped, the others young', ages(50, 1), 100, { p99Ms: 1, dropped: 0.5, isWithin: false }],
  ['one of ten late: of few none may be', [...ages(9, 50), 500], 10, { inTime: 0.9, isWithin: false }],
  ['none looked at', [], 10, { p99Ms: 0, dropped: 1, inTime: 0, isWithin: false }],
])('a trial: %s', (_, agesMs, given, expected) => {
  expect(judged(agesMs, given, 3, 200)).toMatchObject({ cameras: 3, ...expected });
});
