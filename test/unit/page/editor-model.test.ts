// Steps of an edit -> the shapes, the way back, and what the agent is asked to write.

import { expect, test } from 'vitest';
import { EditorModel } from '../../../agent/page/browser/editor-model.js';
import { sceneChanges } from '../../../agent/page/edit/scene-changes.js';
import type { Point, SceneView } from '../../../agent/page/protocol.js';

const SQUARE: readonly Point[] = [
  [0, 0],
  [0.5, 0],
  [0.5, 0.5],
  [0, 0.5],
];
const SCENE: SceneView = {
  zones: { yard: { points: SQUARE, labels: ['car'] } },
  lines: {
    gate: {
      points: [
        [0.2, 0.7],
        [0.8, 0.7],
      ],
    },
  },
  masks: { privacy: [SQUARE], motion: [SQUARE, SQUARE], objects: [{ points: SQUARE, labels: ['car'] }] },
};

function loaded(): EditorModel {
  const model = new EditorModel();
  model.load(SCENE);
  return model;
}

const keyOf = (model: EditorModel, name: string) =>
  model.shapes.find((shape) => model.nameOf(shape) === name)!.key;
const pointsOf = (model: EditorModel, name: string) =>
  model.shapes.find((shape) => model.nameOf(shape) === name)!.points;
const changes = (model: EditorModel) => sceneChanges(SCENE, model.edit('door', 'v'));
const at = (...path: (string | number)[]) => ['cameras', 'door', ...path];

test('what is loaded and saved is no change', () => {
  const model = loaded();
  expect(model.shapes.map((shape) => model.nameOf(shape))).toEqual([
    'yard',
    'gate',
    'Privacy mask 1',
    'Motion mask 1',
    'Motion mask 2',
    'Object mask 1',
  ]);
  expect([model.isChanged, changes(model)]).toEqual([false, []]);
});

test.each<[name: string, act: (model: EditorModel) => void, wanted: object[]]>([
  [
    'a new zone',
    (model) => model.add('zone', SQUARE),
    [{ kind: 'set', path: at('zones', 'zone-1'), value: { points: SQUARE } }],
  ],
  [
    'a point that moves, within the picture',
    (model) => model.movePoint(keyOf(model, 'gate'), 1, [1.5, 0.123456]),
    [
      {
        kind: 'set',
        path: at('lines', 'gate', 'points'),
        value: [
          [0.2, 0.7],
          [1, 0.1235],
        ],
      },
    ],
  ],
  [
    'another name',
    (model) => model.rename(keyOf(model, 'yard'), 'court'),
    [{ kind: 'rename', path: at('zones', 'yard'), to: 'court' }],
  ],
  [
    'one that goes',
    (model) => model.remove(keyOf(model, 'gate')),
    [{ kind: 'remove', path: at('lines', 'gate') }],
  ],
  [
    'a mask that goes, another that comes, a third that changes',
    (model) => {
      model.remove(keyOf(model, 'Motion mask 1'));
      model.add('motion', SQUARE);
      model.removePoint(keyOf(model, 'Motion mask 1'), 3);
    },
    [
      { kind: 'set', path: at('masks', 'motion', 1), value: SQUARE.slice(0, 3) },
      { kind: 'set', path: at('masks', 'motion', 2), value: SQUARE },
      { kind: 'remove', path: at('masks', 'motion', 0) },
    ],
  ],
  [
    'points of an object mask, whose labels stay',
    (model) => model.removePoint(keyOf(model, 'Object mask 1'), 0),
    [{ kind: 'set', path: at('masks', 'objects', 0, 'points'), value: SQUARE.slice(1) }],
  ],
])('%s', (_, act, wanted) => {
  const model = loaded();
  act(model);
  expect(changes(model)).toEqual(wanted);
});

test('a shape moves as a whole, as far as the picture reaches', () => {
  const model = loaded();
  model.moveShape(keyOf(model, 'yard'), SQUARE, [0.8, -0.2]);
  expect(pointsOf(model, 'yard')).toEqual(SQUARE.map(([x, y]) => [x + 0.5, y]));
});

test('points come between two, after the end of a line, and go while there are enough', () => {
  const model = loaded();
  const [yard, gate] = [keyOf(model, 'yard'), keyOf(model, 'gate')];
  model.insertPoint(yard, 3);
  expect(pointsOf(model, 'yard').at(-1)).toEqual([0, 0.25]);
  model.insertPoint(gate, 1);
  expect(pointsOf(model, 'gate')).toEqual([
    [0.2, 0.7],
    [0.8, 0.7],
    [1, 0.7],
  ]);
  expect([model.removePoint(gate, 0), model.removePoint(gate, 0)]).toEqual([true, false]);
  expect([0, 0, 0].map(() => model.removePoint(yard, 0))).toEqual([true, true, false]);
});

test('each step can be taken back, a drag as one', () => {
  const model = loaded();
  const yard = keyOf(model, 'yard');
  model.beginMove();
  for (const x of [0.1, 0.2, 0.3]) model.movePoint(yard, 0, [x, x]);
  model.rename(yard, 'court');
  model.add('line', SQUARE.slice(0, 2));
  expect(model.current?.id).toBe('line-1');
  model.undo();
  expect([model.shapes.length, model.current]).toEqual([6, undefined]);
  model.undo();
  expect(pointsOf(model, 'yard')[0]).toEqual([0.3, 0.3]);
  model.undo();
  expect([pointsOf(model, 'yard'), model.isChanged]).toEqual([SQUARE, false]);
  model.undo();
  expect(model.shapes).toHaveLength(6);
});

test('a file that has changed elsewhere is as good as the one that was loaded', () => {
  const model = loaded();
  model.movePoint(keyOf(model, 'yard'), 0, [0.1, 0.1]);
  const before = changes(model);
  expect([model.rebase(structuredClone(SCENE)), changes(model)]).toEqual([true, before]);
});

test('what was edited is to take the place of what the file has meanwhile, and has its other keys', () => {
  const other: readonly Point[] = [
    [0.9, 0.1],
    [1, 0.1],
    [1, 0.2],
  ];
  const now: SceneView = {
    zones: { yard: { points: other, labels: ['car'] }, court: { points: other } },
    lines: {},
    // The first of two alike is gone, and one has come before them.
    masks: { ...SCENE.masks, motion: [other, SQUARE], objects: [{ points: other }, ...SCENE.masks.objects] },
  };
  const model = loaded();
  model.rename(keyOf(model, 'yard'), 'garden');
  expect(model.rebase(now)).toBe(false);
  expect(sceneChanges(now, model.edit('door', 'v'))).toEqual([
    { kind: 'set', path: at('zones', 'yard', 'points'), value: SQUARE },
    { kind: 'rename', path: at('zones', 'yard'), to: 'garden' },
    { kind: 'remove', path: at('zones', 'court') },
    { kind: 'set', path: at('lines', 'gate'), value: { points: SCENE.lines['gate']!.points } },
    { kind: 'set', path: at('masks', 'motion', 2), value: SQUARE },
    { kind: 'remove', path: at('masks', 'motion', 0) },
    { kind: 'remove', path: at('masks', 'objects', 0) },
  ]);
  model.undo();
  expect(sceneChanges(now, model.edit('door', 'v')).map(({ kind }) => kind)).not.toContain('rename');
});

/** In the file once what was sent is there. */
const SAVED: SceneView = {
  ...SCENE,
  zones: { court: SCENE.zones['yard']!, 'zone-1': { points: SQUARE } },
  masks: { ...SCENE.masks, motion: [SQUARE, SQUARE.slice(1)] },
};

function sent() {
  const model = loaded();
  model.rename(keyOf(model, 'yard'), 'court');
  model.remove(keyOf(model, 'Motion mask 1'));
  model.add('motion', SQUARE.slice(1));
  model.add('zone', SQUARE);
  return { model, shapes: model.shapes };
}
const later = (model: EditorModel) => sceneChanges(SAVED, model.edit('door', 'v'));

test('what was sent and saved is no change any more, and stays selected', () => {
  const { model, shapes } = sent();
  model.saved(shapes);
  expect([model.isChanged, model.current?.id, later(model)]).toEqual([false, 'zone-1', []]);
});

test('what is changed while it is saved is a change of what was sent', () => {
  const { model, shapes } = sent();
  model.rename(keyOf(model, 'zone-1'), 'steps');
  model.remove(keyOf(model, 'Motion mask 1'));
  model.saved(shapes);
  expect(later(model)).toEqual([
    { kind: 'rename', path: at('zones', 'zone-1'), to: 'steps' },
    { kind: 'remove', path: at('masks', 'motion', 0) },
  ]);
  model.undo();
  expect(later(model).map(({ kind }) => kind)).toEqual(['rename']);
  model.undo();
  expect([model.isChanged, later(model)]).toEqual([false, []]);
});

test('what is taken back while it is saved is a change too, and may be taken back', () => {
  const { model, shapes } = sent();
  model.undo();
  model.saved(shapes);
  expect([model.isChanged, later(model)]).toEqual([true, [{ kind: 'remove', path: at('zones', 'zone-1') }]]);
  model.undo();
  expect([model.isChanged, later(model)]).toEqual([false, []]);
});

test('masks are saved in the order of the file, wherever they were drawn', () => {
  const other = SQUARE.slice(1);
  const file = (motion: readonly (readonly Point[])[]): SceneView => ({
    ...SCENE,
    masks: { ...SCENE.masks, motion },
  });
  const model = new EditorModel();
  model.load(file([SQUARE, other]));
  model.rebase(file([other, SQUARE]));
  model.add('motion', SQUARE);
  model.saved(model.shapes);
  model.movePoint(keyOf(model, 'Motion mask 1'), 0, [0.1, 0.1]);
  expect(sceneChanges(file([other, SQUARE, SQUARE]), model.edit('door', 'v'))).toEqual([
    { kind: 'set', path: at('masks', 'motion', 1), value: [[0.1, 0.1], ...SQUARE.slice(1)] },
  ]);
});
