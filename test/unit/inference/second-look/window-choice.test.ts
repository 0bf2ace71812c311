// Boxes and looks at them -> the next windows.

import { expect, test } from 'vitest';
import { interestsIn } from '../../../../agent/inference/second-look/interests.js';
import { WindowChoice } from '../../../../agent/inference/second-look/window-choice.js';
import { gridOf, isWithin } from '../../../../agent/inference/second-look/windows.js';
import type { Box } from '../../../../models/detection.js';

const PICTURE = { width: 1920, height: 1080 };
const INPUT = { width: 416, height: 416 };
const small = (x: number, y: number): Box => [x, y, x + 20, y + 50];

const several = (choice: WindowChoice, boxes: readonly Box[], atMs: number, most: number) =>
  choice.next(boxes, { picture: PICTURE, input: INPUT, atMs, most });
const next = (choice: WindowChoice, boxes: readonly Box[], atMs: number) =>
  several(choice, boxes, atMs, 1)[0];

test('the window that shows the most', () => {
  const crowd = [small(1000, 500), small(1040, 520), small(1100, 480)];
  const window = next(new WindowChoice({ searches: false }), [small(100, 100), ...crowd], 0)!;
  expect(crowd.every((box) => isWithin(box, window))).toBe(true);
});

test('places take turns, and each is left alone for a moment', () => {
  const choice = new WindowChoice({ searches: false });
  const [left, right] = [small(100, 100), small(1700, 900)];
  const seen: string[] = [];
  for (let atMs = 0; atMs < 1000; atMs += 40) {
    const window = next(choice, [left, right], atMs);
    if (window === undefined) continue;
    seen.push(isWithin(left, window) ? 'left' : 'right');
    choice.looked(window, atMs);
  }
  expect(seen.slice(0, 6)).toEqual(['left', 'right', 'left', 'right', 'left', 'right']);
  expect(seen.length).toBeLessThanOrEqual(2 * (1000 / 100));
});

test('nothing to see is nothing to look at, unless the picture is searched: then all of it in turn', () => {
  expect(next(new WindowChoice({ searches: false }), [], 0)).toBeUndefined();
  const choice = new WindowChoice({ searches: true });
  const seen = new Set<string>();
  let looks = 0;
  for (let atMs = 0; atMs < 18 * 250; atMs += 50) {
    const window = next(choice, [], atMs);
    if (window === undefined) continue;
    looks++;
    seen.add(`${window.x},${window.y}`);
    choice.looked(window, atMs);
  }
  expect([looks, seen.size]).toEqual([18, 18]);
});

test('several windows of a frame: each shows what the others do not, and none more than there is to see', () => {
  const choice = new WindowChoice({ searches: false });
  const boxes = [small(100, 100), small(1700, 900), small(1720, 880), small(900, 100)];
  const windows = several(choice, boxes, 0, 4);
  expect(windows).toHaveLength(3);
  expect(isWithin(boxes[1]!, windows[0]!)).toBe(true);
  for (const box of boxes) expect(windows.filter((window) => isWithin(box, window))).toHaveLength(1);
  expect(several(choice, boxes, 0, 2)).toEqual(windows.slice(0, 2));
});

test('what is left of them goes on with the search, four times a second', () => {
  const choice = new WindowChoice({ searches: true });
  const box = small(100, 100);
  const grid = gridOf(PICTURE, INPUT);
  expect(several(choice, [box], 0, 4).slice(1)).toEqual(grid.slice(0, 3));
  expect(several(choice, [box], 100, 4)).toHaveLength(1);
  expect(several(choice, [box], 300, 4).slice(1)).toEqual(grid.slice(3, 6));
});

test('a picture that is hardly larger than the input has no windows', () => {
  const choice = new WindowChoice({ searches: true });
  const picture = { width: 600, height: 400 };
  expect(choice.next([small(10, 10)], { picture, input: INPUT, atMs: 0, most: 4 })).toEqual([]);
});

const moved = [[0.5, 0.5, 0.52, 0.55]] as const;
test.each<[string, readonly Box[], readonly Box[], readonly Box[]]>([
  [
    'small detections, tracks, and what moves unexplained',
    [small(10, 10)],
    [small(300, 10)],
    [small(10, 10), small(300, 10), [960, 540, 998.4, 594]],
  ],
  ['what moves where something was found is explained', [[900, 400, 1100, 700]], [], []],
  ['the same where a track is expected', [], [[900, 400, 1100, 700]], []],
])('%s', (_, detections, tracks, expected) => {
  const seen = {
    sourceDetections: detections.map((box) => ({ box })),
    tracks: tracks.map((sourceBox) => ({ sourceBox })),
  };
  const found = interestsIn({ sourceSize: PICTURE, moved }, seen);
  expect(found.map((box) => box.map(Math.round))).toEqual(expected.map((box) => box.map(Math.round)));
});

test('what fills a third of the picture needs no second look to be seen', () => {
  const large = [[0, 0, 0.5, 1]] as const;
  expect(interestsIn({ sourceSize: PICTURE, moved: large }, { sourceDetections: [], tracks: [] })).toEqual(
    [],
  );
});
