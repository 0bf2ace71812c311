// YAML text and changes -> exactly that text with them, or a refusal.

import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Change, withChanges } from '../../../agent/config/edit-text.js';

const SQUARE = [
  [0, 0],
  [0.5, 0],
  [0.5, 0.25],
];
const door = (...path: (string | number)[]) => ['cameras', 'door', ...path];
const set = (path: (string | number)[], value: unknown) => ({ kind: 'set', path, value }) as Change;
const remove = (path: (string | number)[]): Change => ({ kind: 'remove', path });

const FILE = `# The porch.
device: porch   # our name
cameras:
  # The door.
  door:
    source: "test:ball"  # by hand
    zones:
      # Where cars stand.
      yard:
        points: [[0.1, 0.6], [0.9, 0.6],   [1, 1]] # measured
        labels: [ car ]

      steps: {points: [[0,0],[1,0],[1,1]], minScore: 0.50}
    lines:
      gate:
        points:
          - [0.1, 0.2]
          # the post
          - [0.3, 0.4]
  yard: { source: "test:blue", masks: { privacy: [[[0, 0], [1, 0], [1, 1]], [[0, 0], [0.1, 0], [0, 0.1]]] } }

stats:
  intervalSeconds: 1
`;

test.each<[name: string, changes: Change[], from: string, to: string]>([
  [
    'points, the rest of the line stays',
    [set(door('zones', 'yard', 'points'), SQUARE)],
    '[[0.1, 0.6], [0.9, 0.6],   [1, 1]] # measured',
    '[[0, 0], [0.5, 0], [0.5, 0.25]] # measured',
  ],
  [
    'points of a block list',
    [set(door('lines', 'gate', 'points'), SQUARE)],
    '- [0.1, 0.2]\n          # the post\n          - [0.3, 0.4]\n',
    '- [0, 0]\n          - [0.5, 0]\n          - [0.5, 0.25]\n',
  ],
  [
    'points within braces',
    [set(door('zones', 'steps', 'points'), SQUARE)],
    '{points: [[0,0],[1,0],[1,1]], ',
    '{points: [[0, 0], [0.5, 0], [0.5, 0.25]], ',
  ],
  [
    'a new zone after the others',
    [set(door('zones', 'new'), { points: SQUARE })],
    'minScore: 0.50}\n',
    'minScore: 0.50}\n      new:\n        points: [[0, 0], [0.5, 0], [0.5, 0.25]]\n',
  ],
  [
    'the first mask of a camera',
    [set(door('masks', 'privacy'), [SQUARE])],
    '          - [0.3, 0.4]\n',
    '          - [0.3, 0.4]\n    masks:\n      privacy: [[[0, 0], [0.5, 0], [0.5, 0.25]]]\n',
  ],
  [
    'the first zone of a camera within braces',
    [set(['cameras', 'yard', 'zones', 'on'], { points: SQUARE })],
    '[0, 0.1]]] } }',
    '[0, 0.1]]] }, zones: { "on": { points: [[0, 0], [0.5, 0], [0.5, 0.25]] } } }',
  ],
  [
    'one more mask in a list within brackets',
    [set(['cameras', 'yard', 'masks', 'privacy', 2], SQUARE)],
    '[0, 0.1]]]',
    '[0, 0.1]], [[0, 0], [0.5, 0], [0.5, 0.25]]]',
  ],
  [
    'another name, as the rest',
    [{ kind: 'rename', path: door('zones', 'yard'), to: 'court' }],
    '  yard:\n',
    '  court:\n',
  ],
  [
    'a zone that goes',
    [remove(door('zones', 'steps'))],
    '      steps: {points: [[0,0],[1,0],[1,1]], minScore: 0.50}\n',
    '',
  ],
  [
    'the last line goes, and with it its key',
    [remove(door('lines', 'gate'))],
    '    lines:\n      gate:\n        points:\n          - [0.1, 0.2]\n          # the post\n          - [0.3, 0.4]\n',
    '',
  ],
  [
    'the first of two masks goes',
    [remove(['cameras', 'yard', 'masks', 'privacy', 0])],
    '[[[0, 0], [1, 0], [1, 1]], [[0, 0], [0.1',
    '[[[0, 0], [0.1',
  ],
  [
    'all masks go',
    [remove(['cameras', 'yard', 'masks', 'privacy', 1]), remove(['cameras', 'yard', 'masks', 'privacy', 0])],
    ', masks: { privacy: [[[0, 0], [1, 0], [1, 1]], [[0, 0], [0.1, 0], [0, 0.1]]] } }',
    ' }',
  ],
])('%s', (_, changes, from, to) => {
  expect(FILE.split(from)).toHaveLength(2);
  const changed = withChanges(FILE, changes, 'c.yaml');
  expect(changed).toBe(FILE.replace(from, () => to));
  expect(() => parse(changed)).not.toThrow();
});

test.each<[name: string, text: string, to: string]>([
  [
    'a key without a value',
    'cameras:\n  door:\n    zones:\n',
    'cameras:\n  door:\n    zones: { a: { points: [[0, 0], [0.5, 0], [0.5, 0.25]] } }\n',
  ],
  [
    'a key with a comment alone',
    'cameras:\n  door:\n    zones: # none yet\n    lines: {}\n',
    'cameras:\n  door:\n    zones: { a: { points: [[0, 0], [0.5, 0], [0.5, 0.25]] } } # none yet\n    lines: {}\n',
  ],
  [
    'a camera whose last key is a text on lines of its own',
    'cameras:\n  door:\n    source: >-\n      test:ball\n\n  yard: { source: test:blue }\n',
    'cameras:\n  door:\n    source: >-\n      test:ball\n    zones:\n      a:\n        points: [[0, 0], [0.5, 0], [0.5, 0.25]]\n\n  yard: { source: test:blue }\n',
  ],
  [
    'one whose last key is such a text, and no line feed at the end',
    'cameras:\n  door:\n    source: |\n      a',
    'cameras:\n  door:\n    source: |\n      a\n    zones:\n      a:\n        points: [[0, 0], [0.5, 0], [0.5, 0.25]]\n',
  ],
  [
    'empty braces',
    'cameras: { door: { zones: {} } }',
    'cameras: { door: { zones: { a: { points: [[0, 0], [0.5, 0], [0.5, 0.25]] } } } }',
  ],
  [
    'no line feed at the end',
    'cameras:\n  door:\n    source: a',
    'cameras:\n  door:\n    source: a\n    zones:\n      a:\n        points: [[0, 0], [0.5, 0], [0.5, 0.25]]\n',
  ],
])('into %s', (_, text, to) => {
  expect(withChanges(text, [set(door('zones', 'a'), { points: SQUARE })], 'c.yaml')).toBe(to);
});

const TEXTS = 'a:\n  one: |\n    x\n  two: >-\n    y\n  # Of b.\nb: 1\n';

test.each<[name: string, change: Change, to: string]>([
  ['goes', remove(['a', 'one']), 'a:\n  two: >-\n    y\n  # Of b.\nb: 1\n'],
  ['the last, goes', remove(['a', 'two']), 'a:\n  one: |\n    x\n  # Of b.\nb: 1\n'],
  ['becomes another', set(['a', 'one'], 'z'), 'a:\n  one: z\n  two: >-\n    y\n  # Of b.\nb: 1\n'],
])('a text on lines of its own %s', (_, change, to) => {
  expect(withChanges(TEXTS, [change], 'c.yaml')).toBe(to);
});

test.each<[name: string, text: string, changes: Change[]]>([
  [
    'points that two zones share by a name',
    'cameras:\n  door:\n    zones:\n      a: { points: &p [[0, 0], [1, 0], [1, 1]] }\n      b: { points: *p }\n',
    [set(door('zones', 'a', 'points'), SQUARE)],
  ],
  [
    'zones that come by a merge',
    'x-all: &all { zones: { a: { points: [[0, 0], [1, 0], [1, 1]] } } }\ncameras:\n  door: { <<: *all }\n',
    [set(door('zones', 'b'), { points: SQUARE })],
  ],
  [
    'zones of another place',
    'x: &z { a: {} }\ncameras:\n  door: { zones: *z }\n',
    [set(door('zones', 'b'), 1)],
  ],
  ['a name that is taken', FILE, [{ kind: 'rename', path: door('zones', 'yard'), to: 'steps' }]],
  ['a camera that is not there', FILE, [remove(['cameras', 'barn', 'zones', 'a'])]],
  ['what all objects inherit', FILE, [set(door('zones', '__proto__', 'points'), 1)]],
  [
    'a name that all objects inherit',
    FILE,
    [{ kind: 'rename', path: door('zones', 'yard'), to: '__proto__' }],
  ],
  ['broken YAML', 'cameras: {', [set(door('zones', 'b'), 1)]],
])('%s: refused', (_, text, changes) => {
  expect(() => withChanges(text, changes, 'c.yaml')).toThrow(
    'expected a file in which this can be changed alone for c.yaml, received another: change it by hand',
  );
});
