// What all decoders promise, by each of them: NumPy's boxes for random outputs, and no harm by hostile ones.
// To renew: UPDATE_FIXTURES=1 PYTHON=<with numpy> npx vitest run --project unit test/unit/models/decoders

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Candidates } from '../../../models/decode/candidates.js';
import { decoderOf, detectorSchemas } from '../../../models/decode/registry.js';
import type { Detection } from '../../../models/detection.js';
import {
  CASES,
  type DecoderCase,
  LABELS,
  type OutputCase,
  randomOutputs,
} from '../../support/decoder-cases.js';
import { oracle } from '../../support/oracle.js';
import { random } from '../../support/small-networks.js';

type Row = readonly [classIndex: number, score: number, x1: number, y1: number, x2: number, y2: number];

const MIN_SCORE = 0.3;
const SEEDS = [1, 2];
const TOLERANCE_PIXELS = 1e-3;
const TOLERANCE_SCORE = 1e-5;
const cases = Object.entries(CASES);
const jobs = cases.flatMap(([name, one]) =>
  SEEDS.map((seed) => ({ name, seed, ...one, given: randomOutputs(one, seed) })),
);
const input = [
  JSON.stringify(jobs.map(({ name, decoder, input: size }) => [name, decoder, size, MIN_SCORE])),
];
const bytes = jobs.flatMap(({ given }) =>
  [...given.values()].map(({ values }) => new Uint8Array(values.buffer)),
);
const numpy = oracle<readonly (readonly Row[])[]>(
  'numpy-decoders.json',
  [...input, ...bytes],
  'numpy-decoders.py',
  (folder) => ({
    cases: jobs.map(({ decoder, input: { width, height }, given }, job) => ({
      ...{ decoder, width, height, minScore: MIN_SCORE },
      outputs: Object.fromEntries(
        [...given].map(([name, { shape, values }]) => {
          const file = join(folder, `${job}-${name}`);
          writeFileSync(file, new Uint8Array(values.buffer));
          return [name, { shape, file }];
        }),
      ),
    })),
  }),
);

function decode(
  one: Pick<DecoderCase, 'decoder' | 'input'>,
  outputs: ReadonlyMap<string, Float32Array>,
  minScore = MIN_SCORE,
): Detection[] {
  return decoderOf({ ...one, name: 'case', labels: LABELS })(outputs, minScore);
}

function values(outputs: ReadonlyMap<string, OutputCase>): Map<string, Float32Array> {
  return new Map([...outputs].map(([name, { values: floats }]) => [name, floats]));
}

test('each kind of model.json has a case', () => {
  const kinds = detectorSchemas.map(({ shape }) => shape.kind.value);
  expect(new Set(cases.map(([, { decoder }]) => decoder.kind))).toEqual(new Set(kinds));
});

describe.each(cases)('%s', (name, one) => {
  test.each(SEEDS)('boxes, scores and classes as NumPy has them, best first (seed %d)', (seed) => {
    const theirs = numpy[jobs.findIndex((job) => job.name === name && job.seed === seed)]!;
    const ours = decode(one, values(randomOutputs(one, seed)));
    expect(theirs.length).toBeGreaterThan(5);
    expect(ours.map(({ classIndex, label }) => [classIndex, label])).toEqual(
      theirs.map(([classIndex]) => [classIndex, LABELS[classIndex]]),
    );
    for (const [i, { score, box }] of ours.entries()) {
      const [, theirScore, ...theirBox] = theirs[i]!;
      expect(Math.abs(score - theirScore)).toBeLessThan(TOLERANCE_SCORE);
      expect(worst(box, theirBox)).toBeLessThan(TOLERANCE_PIXELS);
    }
  });

  test('one cell, by hand', () => {
    const { decoder, outputs, score, classIndex, box } = one.byHand;
    const given = new Map(Object.entries(outputs).map(([key, floats]) => [key, Float32Array.from(floats)]));
    const found = decode({ decoder, input: { width: 32, height: 32 } }, given);
    expect(found).toEqual([
      {
        label: LABELS[classIndex],
        classIndex,
        score: expect.closeTo(score, 5),
        box: box.map((value) => expect.closeTo(value, 3)),
      },
    ]);
  });

  test('a higher least score leaves the better part, a lower one adds to it', () => {
    const outputs = values(randomOutputs(one, 1));
    // What is not a candidate has no vote, so boxes that are voted on lie a little otherwise.
    const isVoted = 'nms' in one.decoder && one.decoder.nms.boxVoting !== undefined;
    const compared = (found: readonly Detection[]) =>
      isVoted ? found.map(({ score, label }) => [score, label]) : found;
    const all = decode(one, outputs, 0.01);
    for (const minScore of [0.2, 0.5, 0.8])
      expect(compared(decode(one, outputs, minScore))).toEqual(
        compared(all.filter(({ score }) => score >= minScore)),
      );
  });

  test('nothing found', () => {
    const outputs = new Map(
      [...randomOutputs(one, 1)].map(
        ([
          key,
          {
            values: { length },
          },
        ]) => [key, new Float32Array(length).fill(one.nothing)],
      ),
    );
    expect(decode(one, outputs)).toEqual([]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38, -3e38])(
    'outputs with %d in them, or full of it',
    (poison) => {
      for (const share of [0.1, 0.5, 1]) {
        const next = random(7);
        const outputs = values(randomOutputs(one, 3));
        for (const floats of outputs.values())
          for (let at = 0; at < floats.length; at++) if (next() < share) floats[at] = poison;
        expectDetections(decode(one, outputs, 0.01), 0.01);
      }
    },
  );

  const outputNames = [...randomOutputs(one, 1).keys()];

  test.each(outputNames)('without %s, or with a value too many', (output) => {
    const outputs = values(randomOutputs(one, 1));
    const { length } = outputs.get(output)!;
    outputs.set(output, new Float32Array(length + 1));
    expect(() => decode(one, outputs)).toThrow(
      new RegExp(`^expected (a multiple of )?\\d+ values.* for ${output}, received ${length + 1}$`),
    );
    outputs.delete(output);
    outputs.set('other', new Float32Array(1));
    const present = [...outputs.keys()].join(', ');
    expect(() => decode(one, outputs)).toThrow(
      `expected one of ${present} for an output of the decoder, received ${output}`,
    );
  });
});

// Kinds that take as many rows as the network gives.
describe.each(cases.filter(([, { decoder }]) => !/^(yolo|yolox|nanodet)$/.test(decoder.kind)))(
  '%s',
  (_, one) => {
    const given = randomOutputs(one, 1);
    const rowsOf = ([batch, first, last]: readonly number[]) =>
      one.decoder.kind === 'yolov8' && one.decoder.layout === 'attributes-first'
        ? last!
        : batch === 1
          ? first!
          : 1;

    test('no rows at all', () => {
      const outputs = new Map(
        [...given].map(([key, { shape, values: floats }]) => [
          key,
          shape.length === 1 ? floats : new Float32Array(0),
        ]),
      );
      expect(decode(one, outputs)).toEqual([]);
    });

    test('other rows in one output than in another', () => {
      const outputs = values(given);
      const [name, { shape }] = [...given][0]!;
      outputs.set(name, outputs.get(name)!.subarray(outputs.get(name)!.length / rowsOf(shape)));
      if (given.size === 1) expectDetections(decode(one, outputs), MIN_SCORE);
      else
        expect(() => decode(one, outputs)).toThrow(
          /^expected \d+ values, by \d+ rows of \w+ for \w+, received \d+$/,
        );
    });
  },
);

test('of more candidates than are looked at, the best remain, and equal ones in their order', () => {
  const count = 10_000;
  const decoder = { kind: 'end-to-end', output: 'o', classes: 1 } as const;
  // Each score twice; ascending keeps the cut busiest.
  const ascending = Array.from({ length: count }, (_, i) => Math.fround(Math.floor(i / 2) / count));
  const best = ascending.slice(-2000).toReversed();
  for (const scores of [ascending, ascending.toReversed()]) {
    const rows = scores.flatMap((score, i) => [i, 0, i + 1, 1, score, 0]);
    const outputs = new Map([['o', Float32Array.from(rows)]]);
    const found = decode({ decoder, input: { width: 32, height: 32 } }, outputs, 0);
    expect(found.map(({ score }) => score)).toEqual(best);
    for (const [i, { box }] of found.entries())
      if (i > 0 && found[i - 1]!.score === found[i]!.score)
        expect(box[0]).toBeGreaterThan(found[i - 1]!.box[0]);
  }
});

test('once there are too many, no work goes into worse ones', () => {
  const found = new Candidates(LABELS, 0.1);
  expect(found.takes(0.2)).toBe(true);
  for (let i = 0; i < 4000; i++) found.add(0, 0.5, 0, 0, 1, 1);
  expect([found.takes(0.2), found.takes(0.5), found.takes(0.6)]).toEqual([false, false, true]);
});

test('what is inside out is no box, and a score above 1 is 1', () => {
  const decoder = { kind: 'end-to-end', output: 'o', classes: 2 } as const;
  const rows = [
    [9, 2, 3, 4, 0.9, 0],
    [1, 9, 3, 4, 0.9, 0],
    [1, 2, 3, 4, 1.5, 1],
  ];
  const outputs = new Map([['o', Float32Array.from(rows.flat())]]);
  expect(decode({ decoder, input: { width: 32, height: 32 } }, outputs)).toEqual([
    { label: 'car', classIndex: 1, score: 1, box: [1, 2, 3, 4] },
  ]);
});

test('a classifier has no boxes', () => {
  const model = {
    name: 'imagenet',
    decoder: { kind: 'softmax' },
    labels: [],
    input: { width: 1, height: 1 },
  } as const;
  expect(() => decoderOf(model)).toThrow('expected a detector, received imagenet, a classification model');
});

function worst(box: readonly number[], other: readonly number[]): number {
  return Math.max(...box.map((value, i) => Math.abs(value - other[i]!)));
}

function expectDetections(found: readonly Detection[], minScore: number): void {
  let last = 1;
  for (const { score, box, classIndex, label } of found) {
    expect(score >= minScore && score <= last, `score ${score} after ${last}`).toBe(true);
    expect(box.every(Number.isFinite) && box[2] >= box[0] && box[3] >= box[1], `box ${box}`).toBe(true);
    expect(label).toBe(LABELS[classIndex]);
    last = score;
  }
}
