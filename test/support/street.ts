// Seed and conditions -> an invented street: true boxes with ids, and what a detector would find of them.

import { area } from '../../models/decode/boxes.js';
import type { Box, Detection } from '../../models/detection.js';
import { seededRandom } from '../../models/networks/random.js';
import type { Identified } from './mot-metrics.js';

export interface Conditions {
  readonly seed: number;
  readonly seconds: number;
  readonly people: number;
  readonly cars: number;
  readonly framesPerSecond: number;
  /** Standard deviation of the time between two frames, in parts of its mean. */
  readonly unevenness: number;
  /** Standard deviation of each edge of a box, in parts of the object's size. */
  readonly jitter: number;
  /** Of visible objects that are not found. */
  readonly missed: number;
  /** Of all detections. */
  readonly falsePositives: number;
  /** Of cars that are called truck. */
  readonly mistaken: number;
}

export interface StreetFrame {
  readonly capturedMonotonicMs: number;
  /** Of which something can be seen. */
  readonly truths: readonly Identified[];
  readonly sourceDetections: readonly Detection[];
}

interface Walker {
  readonly id: number;
  readonly label: 'person' | 'car';
  readonly boxAt: (seconds: number) => Box;
}

const WIDTH = 1280;
const HEIGHT = 720;
/** An object of which less can be seen is hidden. */
const MIN_VISIBLE = 0.3;
const CLASSES = { person: 0, car: 2, truck: 7 };

export function street(conditions: Conditions): StreetFrame[] {
  const random = seededRandom(conditions.seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const walkers = [
    ...Array.from({ length: conditions.people }, (_, index) => person(index + 1, conditions.seconds, random)),
    ...Array.from({ length: conditions.cars }, (_, index) => car(1000 + index, conditions.seconds, random)),
  ];
  const frames: StreetFrame[] = [];
  let seconds = 0;
  while (seconds < conditions.seconds) {
    frames.push(look(walkers, seconds, conditions, random, normal));
    const step = 1 + conditions.unevenness * normal();
    seconds += Math.max(0.2, step) / conditions.framesPerSecond;
  }
  return frames;
}

function look(
  walkers: readonly Walker[],
  seconds: number,
  { jitter, missed, falsePositives, mistaken }: Conditions,
  random: () => number,
  normal: () => number,
): StreetFrame {
  // Near objects, whose feet are lower in the picture, hide those behind.
  const standing = walkers
    .map((walker) => ({ ...walker, box: walker.boxAt(seconds) }))
    .filter(({ box }) => visiblePart(box, []) > 0.5)
    .sort((a, b) => b.box[3] - a.box[3]);
  const visible = standing
    .map((walker, index) => ({
      ...walker,
      part: visiblePart(
        walker.box,
        standing.slice(0, index).map(({ box }) => box),
      ),
    }))
    .filter(({ part }) => part >= MIN_VISIBLE);
  const found = visible.flatMap(({ label, box, part }): Detection[] => {
    const isMissed = random() < missed;
    const named = label === 'car' && random() < mistaken ? 'truck' : label;
    const score = Math.min(0.99, Math.max(0.05, (0.3 + 0.55 * part) * (1 + 0.12 * normal())));
    const shaken = shake(box, jitter, normal);
    return isMissed ? [] : [{ label: named, classIndex: CLASSES[named], score, box: shaken }];
  });
  const invented = found.flatMap((detection): Detection[] => {
    if (random() >= falsePositives / (1 - falsePositives)) return [];
    const box = random() < 0.5 ? beside(detection.box, random) : anywhere(random);
    return [{ ...detection, score: 0.1 + 0.75 * random(), box }];
  });
  return {
    capturedMonotonicMs: 5_000_000 + seconds * 1000,
    truths: visible.map(({ id, box }) => ({ id, box })),
    sourceDetections: [...found, ...invented].sort((a, b) => b.score - a.score),
  };
}

/** Walks along the street either way at its own depth, swaying, and may stop for a while. */
function person(id: number, seconds: number, random: () => number): Walker {
  const depth = random();
  const height = 90 + 190 * depth;
  const feet = 330 + 370 * depth + 8 * random();
  const speed = height * (0.35 + 0.55 * random()) * (random() < 0.5 ? -1 : 1);
  const at = random() * seconds;
  const x = WIDTH * (0.2 + 0.6 * random());
  const stopsAt = random() < 0.3 ? at + 2 * random() : Number.POSITIVE_INFINITY;
  const phase = 6 * random();
  return {
    id,
    label: 'person',
    boxAt: (now) => {
      const walked = Math.min(now, stopsAt) - at + Math.max(0, now - stopsAt - 4);
      const centre = x + speed * walked + 0.03 * height * Math.sin(4 * now + phase);
      const width = height * (0.36 + 0.05 * Math.sin(7 * now + phase));
      return [centre - width / 2, feet - height, centre + width / 2, feet];
    },
  };
}

/** Drives through, one of them now and then parked. */
function car(id: number, seconds: number, random: () => number): Walker {
  const depth = random();
  const height = 60 + 110 * depth;
  const length = height * (1.9 + 0.5 * random());
  const wheels = 330 + 330 * depth;
  const speed = random() < 0.25 ? 0 : height * (1.2 + 1.6 * random()) * (random() < 0.5 ? -1 : 1);
  const at = random() * seconds;
  const x = WIDTH * (0.2 + 0.6 * random());
  return {
    id,
    label: 'car',
    boxAt: (now) => {
      const centre = x + speed * (now - at);
      return [centre - length / 2, wheels - height, centre + length / 2, wheels];
    },
  };
}

/** Half of an object and half of what is next to it. */
function beside([x1, y1, x2, y2]: Box, random: () => number): Box {
  const [x, y] = [(x2 - x1) * (random() < 0.5 ? -0.5 : 0.5), (y2 - y1) * 0.4 * (random() - 0.5)];
  return [x1 + x, y1 + y, x2 + x, y2 + y];
}

function anywhere(random: () => number): Box {
  const [x, y, size] = [random() * WIDTH, random() * HEIGHT, 30 + 150 * random()];
  return [x - size / 4, y - size / 2, x + size / 4, y + size / 2];
}

function shake(box: Box, jitter: number, normal: () => number): Box {
  const size = Math.sqrt(area(box));
  const [x1, y1, x2, y2] = box.map((edge) => edge + jitter * size * normal()) as [
    number,
    number,
    number,
    number,
  ];
  return [
    Math.max(0, x1),
    Math.max(0, y1),
    Math.min(WIDTH, Math.max(x2, x1 + 2)),
    Math.min(HEIGHT, Math.max(y2, y1 + 2)),
  ];
}

/** Part of a box that lies in the picture and behind none of the others, on a grid of 10 x 10. */
function visiblePart([x1, y1, x2, y2]: Box, others: readonly Box[]): number {
  let visible = 0;
  for (let cell = 0; cell < 100; cell++) {
    const x = x1 + ((x2 - x1) * ((cell % 10) + 0.5)) / 10;
    const y = y1 + ((y2 - y1) * (Math.floor(cell / 10) + 0.5)) / 10;
    if (x < 0 || y < 0 || x >= WIDTH || y >= HEIGHT) continue;
    if (!others.some((box) => x >= box[0] && x < box[2] && y >= box[1] && y < box[3])) visible++;
  }
  return visible / 100;
}
