// Truth and detections -> average precision, against cases worked out by hand and against pycocotools.
// To renew: UPDATE_FIXTURES=1 PYTHON=<python with pycocotools> npx vitest run --project unit test/unit/models/average

import { describe, expect, test } from 'vitest';
import type { Box, Detection } from '../../../models/detection.js';
import {
  AREA_RANGES,
  averagePrecision,
  type Scored,
  type Truth,
} from '../../../models/evaluate/average-precision.js';
import { type CocoAnnotations, evaluate, parseAnnotations } from '../../../models/evaluate/coco.js';
import { disagreements, pycocotools } from '../../support/pycocotools.js';
import { random } from '../../support/small-networks.js';

const box = (x: number, size = 10): Box => [x, 0, x + size, size];
const truth = (image: number, x: number, rest: Partial<Truth> = {}): Truth => ({
  image,
  box: box(x),
  area: 100,
  crowd: false,
  ...rest,
});
const found = (score: number, image: number, x: number): Scored => ({ image, box: box(x), score });

// Two truths: precision counts at the 51 recall points 0 to 0.50 and the 50 points 0.51 to 1.
test.each<[string, Truth[], Scored[], number | undefined]>([
  ['no truth', [], [found(0.9, 1, 0)], undefined],
  ['nothing found', [truth(1, 0)], [], 0],
  ['all found', [truth(1, 0), truth(2, 0)], [found(0.9, 1, 0), found(0.8, 2, 0)], 1],
  ['half found', [truth(1, 0), truth(2, 0)], [found(0.9, 1, 0)], 51 / 101],
  // Hit, miss, hit: precision 1 up to recall 0.5, 2/3 from there.
  [
    'a miss between',
    [truth(1, 0), truth(2, 0)],
    [found(0.9, 1, 0), found(0.8, 1, 50), found(0.7, 2, 0)],
    (51 + 50 * (2 / 3)) / 101,
  ],
  // Miss, hit, hit: precision 1/2, then 2/3; the better one counts for both.
  [
    'a miss before',
    [truth(1, 0), truth(2, 0)],
    [found(0.9, 1, 50), found(0.8, 1, 0), found(0.7, 2, 0)],
    2 / 3,
  ],
  [
    'the same truth twice',
    [truth(1, 0), truth(2, 0)],
    [found(0.9, 1, 0), found(0.8, 1, 1), found(0.7, 2, 0)],
    (51 + 50 * (2 / 3)) / 101,
  ],
  [
    'beyond the best hundred of a picture',
    [truth(1, 0)],
    [...Array.from({ length: 100 }, () => found(0.9, 1, 50)), found(0.8, 1, 0)],
    0,
  ],
  ['in another picture', [truth(1, 0)], [found(0.9, 2, 0)], 0],
  // Beside by 3: IoU 7/13 = 0.54; by 4: 6/14 = 0.43.
  ['enough overlap', [truth(1, 0)], [found(0.9, 1, 3)], 1],
  ['too little overlap', [truth(1, 0)], [found(0.9, 1, 4)], 0],
  // The better detection takes the truth that it overlaps most, which leaves the other to the second.
  ['the largest overlap', [truth(1, 0), truth(1, 2)], [found(0.9, 1, 2), found(0.8, 1, 0)], 1],
  ['a crowd is nothing to find', [truth(1, 0), truth(1, 100, { crowd: true })], [found(0.9, 1, 0)], 1],
  [
    'any number in a crowd is no miss',
    [truth(1, 0), truth(1, 100, { crowd: true, box: box(100, 50) })],
    [found(0.9, 1, 110), found(0.8, 1, 120), found(0.7, 1, 0)],
    1,
  ],
  [
    'a truth of another size is nothing to find',
    [truth(1, 0), truth(1, 100, { area: 5000 })],
    [found(0.9, 1, 100), found(0.8, 1, 0)],
    1,
  ],
  [
    'a detection of another size is no miss',
    [truth(1, 0)],
    [{ image: 1, box: box(200, 90), score: 0.9 }, found(0.8, 1, 0)],
    1,
  ],
])('%s', (_, truths, detections, precision) => {
  const got = averagePrecision(truths, detections, AREA_RANGES.small, 0.5);
  if (precision === undefined) expect(got).toBeUndefined();
  else expect(got).toBeCloseTo(precision, 9);
});

describe('pictures full of everything', () => {
  const labels = ['person', 'car', 'truck', 'bus', 'dog'];
  const { coco, detections } = invent(labels);

  test('agrees with pycocotools in every figure', () => {
    const input = [JSON.stringify(coco), JSON.stringify([...detections])];
    const theirs = pycocotools('pycocotools-invented.json', input, coco, detections, labels);
    expect(theirs.ap).toBeGreaterThan(0.1);
    expect(theirs.ap).toBeLessThan(0.9);
    expect(disagreements(evaluate(coco, detections, labels), theirs, 1e-6)).toEqual([]);
  });

  test('only pictures that were looked at count', () => {
    const some = new Map([...detections].slice(0, 5));
    const { images, perClass } = evaluate(coco, some, labels);
    expect(images).toBe(5);
    const truths = coco.annotations.filter(({ image_id, iscrowd }) => some.has(image_id) && iscrowd !== 1);
    expect(Object.values(perClass).reduce((sum, { truths }) => sum + truths, 0)).toBe(truths.length);
  });

  test('classes that the detector does not know are left out', () => {
    const { perClass, vehicles } = evaluate(coco, detections, ['person', 'train']);
    expect(Object.keys(perClass)).toEqual(['person']);
    expect(vehicles).toBeNull();
  });
});

/** As `** 3`, whose last bit depends on the version of V8: the committed figures belong to these very numbers. */
const cube = (value: number) => value * value * value;

/** Truths of every size, some crowds; detections near them, doubled, misnamed, missing and invented. */
function invent(labels: readonly string[]): { coco: CocoAnnotations; detections: Map<number, Detection[]> } {
  const next = random(11);
  const coco: CocoAnnotations = {
    images: Array.from({ length: 20 }, (_, i) => ({ id: 3 * i + 1, file_name: `${i}.jpg` })),
    categories: labels.map((name, i) => ({ id: i + 1, name })),
    annotations: [],
  };
  const detections = new Map<number, Detection[]>();
  for (const { id } of coco.images) {
    const list: Detection[] = [];
    detections.set(id, list);
    for (let i = 0; i < 15; i++) {
      const classIndex = Math.floor(next() * labels.length);
      const [width, height] = [8 + cube(next()) * 200, 8 + cube(next()) * 200];
      const [x, y] = [next() * 300, next() * 300];
      if (next() < 0.85)
        coco.annotations.push({
          image_id: id,
          category_id: classIndex + 1,
          bbox: [x, y, width, height],
          area: width * height * (0.5 + next() / 2),
          iscrowd: next() < 0.1 ? 1 : 0,
        });
      for (let found = Math.floor(next() * 3); found > 0; found--) {
        const named = next() < 0.1 ? Math.floor(next() * labels.length) : classIndex;
        const near = () => (next() - 0.5) * 0.3;
        const [left, top] = [x + near() * width, y + near() * height];
        list.push({
          label: labels[named]!,
          classIndex: named,
          // Few different scores, so that many are equal.
          score: Math.ceil(next() * 20) / 20,
          box: [left, top, left + width * (1 + near()), top + height * (1 + near())],
        });
      }
    }
  }
  return { coco, detections };
}

test('a vehicle of a kind that nobody told apart is found as any kind', () => {
  const coco: CocoAnnotations = {
    images: [{ id: 1, file_name: '1.jpg' }],
    categories: [{ id: 7, name: 'vehicle' }],
    annotations: [{ image_id: 1, category_id: 7, bbox: [0, 0, 10, 10] }],
  };
  const car: Detection = { label: 'car', classIndex: 1, score: 0.9, box: box(0) };
  const { ap, perClass, vehicles } = evaluate(coco, new Map([[1, [car]]]), ['person', 'car']);
  expect({ ap, perClass }).toEqual({ ap: null, perClass: {} });
  expect(vehicles?.ap).toBeCloseTo(1, 9);
});

test.each([
  ['no JSON', '{', /COCO annotations in a\.json: /],
  ['no annotations', '{"images":[],"categories":[]}', /COCO annotations in a\.json: .*\n.*annotations/],
  [
    'a box of three numbers',
    '{"images":[],"categories":[],"annotations":[{"image_id":1,"category_id":1,"bbox":[1,2,3]}]}',
    /bbox/,
  ],
])('%s', (_, text, message) => {
  expect(() => parseAnnotations(text, 'a.json')).toThrow(message);
});
