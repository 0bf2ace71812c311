// Known people and boxes -> recall at a precision, and doubles, told in small scenes.

import { expect, test } from 'vitest';
import type { Box, Detection } from '../../../models/detection.js';
import { doublesIn, judge, recallAt } from '../../../scripts/bench/second-look/recall.js';

const BOUNDS = { least: 20, most: 60 };
const person = (x: number, height = 40): Box => [x, 0, x + 16, height];
const found = (box: Box, score: number): Detection => ({ label: 'person', classIndex: 0, score, box });

test('recall is what is found before there are too many mistakes', () => {
  const people = [0, 100, 200, 300].map((x) => person(x));
  const scene = {
    people,
    found: [found(people[0]!, 0.9), found(people[1]!, 0.8), found(person(500), 0.7), found(people[2]!, 0.6)],
  };
  const judged = judge([scene], BOUNDS);
  expect(recallAt(0.9, judged)).toEqual({ recall: 0.5, score: 0.8 });
  expect(recallAt(0.75, judged)).toEqual({ recall: 0.75, score: 0.6 });
});

test('a second box of a person is a mistake and a double', () => {
  const people = [person(0)];
  const scenes = [{ people, found: [found(people[0]!, 0.9), found([1, 0, 17, 40], 0.8)] }];
  expect(recallAt(0.5, judge(scenes, BOUNDS))).toEqual({ recall: 1, score: 0.8 });
  expect(recallAt(0.9, judge(scenes, BOUNDS))).toEqual({ recall: 1, score: 0.9 });
  expect([doublesIn(scenes, 0.3), doublesIn(scenes, 0.85)]).toEqual([1, 0]);
});

test('people of other sizes count neither way; two who overlap are no double', () => {
  const people = [person(0, 200), person(100), [108, 0, 124, 40] as const];
  const scenes = [{ people, found: people.map((box) => found(box, 0.9)) }];
  const judged = judge(scenes, BOUNDS);
  expect([judged.total, judged.judged.length]).toEqual([2, 2]);
  expect(doublesIn(scenes, 0.3)).toBe(0);
});

test('nothing found is no recall', () => {
  expect(recallAt(0.8, judge([{ people: [person(0)], found: [] }], BOUNDS))).toEqual({ recall: 0, score: 1 });
});
