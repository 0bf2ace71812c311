// `<<` in YAML -> merged values, the places of their problems, and what is refused.

import { describe, expect, test } from 'vitest';
import { readDocument } from '../../../agent/config/document.js';

const read = (text: string) => readDocument(text, {});
const values = (text: string) => {
  const document = read(text);
  expect(document.problems).toEqual([]);
  return document.values;
};

describe('merged', () => {
  test.each<[string, string, unknown]>([
    ['one mapping', 'a: &u { x: 1 }\nb: { <<: *u, y: 2 }\n', { x: 1, y: 2 }],
    ['own keys go before merged ones', 'a: &u { x: 1, y: 1 }\nb: { y: 2, <<: *u }\n', { x: 1, y: 2 }],
    [
      'of a list the first goes first',
      'a: [&u { x: 1 }, &v { x: 2, y: 2 }]\nb: { <<: [*u, *v] }\n',
      { x: 1, y: 2 },
    ],
    ['mappings as they stand', 'b: { <<: { x: 1 } }\n', { x: 1 }],
    [
      'mappings that merge others',
      'a: [&u { x: 1 }, &v { <<: *u, y: 2 }]\nb: { <<: *v, z: 3 }\n',
      { x: 1, y: 2, z: 3 },
    ],
    ['in quotes it is a key like others', 'b: { "<<": 1 }\n', { '<<': 1 }],
  ])('%s', (_what, text, expected) => {
    expect((values(text) as { b: unknown }).b).toEqual(expected);
  });

  test('a value has the place where it is written', () => {
    const { positionOf, positionOfKey } = read('usual: &u\n  fps: many\ndoor:\n  <<: *u\n');
    expect(positionOf(['door', 'fps'])).toEqual({ line: 2, column: 8 });
    expect(positionOfKey(['door', 'fps'])).toEqual({ line: 2, column: 3 });
    expect(positionOf(['door', 'none'])).toEqual({ line: 3, column: 1 });
  });
});

describe('refused', () => {
  const doubling = Array.from({ length: 60 }, (_, i) => `a${i + 1}: &a${i + 1} { <<: [*a${i}, *a${i}] }`);
  const wide = `a: &a { ${Array.from({ length: 3000 }, (_, i) => `k${i}: 1`).join(', ')} }`;
  const often = Array.from({ length: 3000 }, (_, i) => `c${i}: { <<: *a }`);
  test.each<[string, string, object]>([
    [
      'a number',
      'b: { <<: 3 }\n',
      { line: 1, column: 6, expected: 'a *name of a mapping, or a list of them, after <<' },
    ],
    ['a list of numbers', 'a: &u [1]\nb: { <<: *u }\n', { line: 2, column: 6 }],
    ['a name without an anchor', 'b: { <<: *u }\n', { line: 1, column: 10 }],
    ['itself', 'a: &u\n  <<: *u\n', { line: 2, expected: 'a mapping that is not merged into itself' }],
    [
      'what it stands in',
      'a: &u\n  b: { <<: *u }\n',
      { line: 2, expected: 'a mapping that is not merged into itself' },
    ],
    [
      'twice as much each time',
      `a0: &a0 { x: 1 }\n${doubling.join('\n')}\n`,
      { expected: 'at most 200000 values after merging (<<)' },
    ],
    [
      'much, often',
      `${wide}\n${often.join('\n')}\n`,
      { expected: 'at most 200000 values after merging (<<)' },
    ],
  ])('%s', (_what, text, problem) => {
    const { values: none, problems } = read(text);
    expect(none).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject(problem);
  });
});
