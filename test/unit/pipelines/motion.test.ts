// Invented scenes with noise, light and objects -> what counts as motion, and when frames pass.

import { describe, expect, test } from 'vitest';
import { MotionGate } from '../../../pipelines/capture/child/gate.js';
import { MOTION_SIZE, MotionDetector } from '../../../pipelines/capture/child/motion.js';
import type { Polygon } from '../../../pipelines/masks.js';
import { random as randomFrom } from '../../support/small-networks.js';

const { width, height } = MOTION_SIZE;
const FPS = 15;

interface Scene {
  /** Of 255, at a place and time. */
  level(x: number, y: number, seconds: number): number;
  /** Standard deviation of a pixel. */
  readonly noise?: number;
}

/** More than a picture has pixels, and no multiple of its width. */
const GAUSS = (() => {
  const random = randomFrom(1);
  return Float32Array.from(
    { length: 99_991 },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
})();

/** A wall with edges, dark and bright parts. */
const wall = (x: number, y: number) => 60 + 0.5 * x + (y > 54 ? 40 : 0) + (Math.floor(x / 24) % 2) * 20;

/** @returns for each frame whether it moved */
function watch({ level, noise = 1.5 }: Scene, seconds: number, unseen: readonly Polygon[] = []): boolean[] {
  const random = randomFrom(7);
  const detector = new MotionDetector(unseen);
  return Array.from({ length: seconds * FPS }, (_, frame) => {
    const luma = new Uint8Array(width * height);
    const first = Math.floor(random() * GAUSS.length);
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at++)
        luma[at] = Math.max(
          0,
          Math.min(255, Math.round(level(x, y, frame / FPS) + noise * GAUSS[(first + at) % GAUSS.length]!)),
        );
    return detector.see(luma, (1000 * frame) / FPS);
  });
}

const between = (moved: boolean[], from: number, to: number) =>
  moved.slice(Math.ceil(from * FPS), Math.ceil(to * FPS)).filter(Boolean).length;

/** From 3 s on, walking to the right: a person far away is 3 x 7 pixels of 192 x 108, a hundredth of the width. */
const walker =
  (size: [number, number], speed: number, contrast: number) => (x: number, y: number, t: number) => {
    const left = 40 + speed * (t - 3);
    const isOn = t >= 3 && x >= left && x < left + size[0] && y >= 40 && y < 40 + size[1];
    return wall(x, y) + (isOn ? contrast : 0);
  };

describe('no motion', () => {
  test.each<[string, Scene]>([
    ['a still scene', { level: wall }],
    ['the noise of a bright day', { level: wall, noise: 3 }],
    ['the noise of a dark night', { level: (x, y) => 0.3 * wall(x, y), noise: 8 }],
    ['dusk: a tenth of the light in ten seconds', { level: (x, y, t) => wall(x, y) * (1 - 0.01 * t) }],
    [
      'coding that pulses with each key frame',
      { level: (x, y, t) => wall(x, y) + (t % 2 < 0.07 ? 3 : 0) * ((x >> 3) % 2) },
    ],
    [
      'exposure that steps up and down by a fifth',
      { level: (x, y, t) => wall(x, y) * (Math.floor(t) % 2 ? 1 : 0.83) },
    ],
    ['a brighter picture', { level: (x, y, t) => wall(x, y) + (t > 5 ? 25 : 0) }],
  ])('%s', (_, scene) => {
    expect(between(watch(scene, 10), 2, 10)).toBe(0);
  });
});

describe('motion', () => {
  test.each<[string, Scene]>([
    ['a person far away', { level: walker([3, 7], 6, 50) }],
    ['the same in noise', { level: walker([3, 7], 6, 50), noise: 3 }],
    ['a person near by, hardly brighter than the wall', { level: walker([14, 40], 20, 14) }],
    ['a dark car at night', { level: (x, y, t) => 0.3 * walker([20, 10], 30, -80)(x, y, t), noise: 4 }],
    [
      'someone who walks while the exposure steps',
      { level: (x, y, t) => walker([6, 16], 8, 60)(x, y, t) * (Math.floor(t) % 2 ? 1 : 0.83) },
    ],
    ['someone who hardly moves', { level: walker([6, 16], 0.7, 60) }],
  ])('%s', (_, scene) => {
    const moved = watch(scene, 7);
    expect(between(moved, 2, 3)).toBe(0);
    expect(between(moved, 3, 3.2)).toBeGreaterThan(0);
    // Often enough to keep looking for two seconds each time.
    for (const from of [3, 3.5, 4, 4.5, 5, 5.5]) expect(between(moved, from, from + 1.5)).toBeGreaterThan(0);
  });

  test('what comes and stays is motion at first, and background a few seconds later', () => {
    const parked = walker([30, 16], 0, 70);
    const moved = watch({ level: parked }, 12);
    expect(between(moved, 3, 3.2)).toBeGreaterThan(0);
    expect(between(moved, 8, 12)).toBe(0);
  });

  test('another scene is motion once, and then the scene', () => {
    const moved = watch({ level: (x, y, t) => (t < 4 ? wall(x, y) : 255 - wall(y, x)) }, 8);
    expect(between(moved, 4, 4.1)).toBeGreaterThan(0);
    expect(between(moved, 4.2, 8)).toBe(0);
  });

  test('a road that is never empty stays a road', () => {
    const cars = (x: number, y: number, t: number) =>
      wall(x, y) + (y > 40 && y < 56 && (x + 40 * t) % 60 < 25 ? 60 : 0);
    expect(between(watch({ level: cars }, 30), 0, 30)).toBe(30 * FPS);
  });
});

/** Of the picture in pixels. */
const box = (left: number, top: number, right: number, bottom: number): Polygon => [
  [left / width, top / height],
  [right / width, top / height],
  [right / width, bottom / height],
  [left / width, bottom / height],
];

describe('masks', () => {
  // At 30 pixels a second, from 40 on: it is at 70 after a second, at 100 after two.
  const person = walker([6, 16], 30, 60);
  const path = box(36, 36, width, 60);

  test('what moves within one is no motion, beyond it is', () => {
    expect(between(watch({ level: person }, 7), 3, 7)).toBeGreaterThan(FPS);
    expect(between(watch({ level: person }, 7, [path]), 2, 7)).toBe(0);
    const moved = watch({ level: person }, 7, [box(36, 36, 100, 60)]);
    expect(between(moved, 2, 4.7)).toBe(0);
    expect(between(moved, 5, 6)).toBeGreaterThan(0);
  });

  test('several together', () => {
    expect(between(watch({ level: person }, 7, [box(36, 36, 100, 60), box(99, 36, width, 60)]), 2, 7)).toBe(
      0,
    );
  });

  test('light that changes is still none, however much is masked and whatever happens there', () => {
    const blinking = (x: number, y: number, t: number) =>
      x < 150 ? 255 * (Math.floor(3 * t) % 2) : wall(x, y) * (Math.floor(t) % 2 ? 1 : 0.83);
    expect(between(watch({ level: blinking }, 10), 2, 10)).toBeGreaterThan(0);
    expect(between(watch({ level: blinking }, 10, [box(0, 0, 150, height)]), 2, 10)).toBe(0);
  });

  test('where little is left to see, what moves there is seen', () => {
    const moved = watch({ level: walker([6, 16], 8, 60) }, 7, [
      box(0, 0, 36, height),
      box(110, 0, width, height),
    ]);
    expect(between(moved, 2, 3)).toBe(0);
    expect(between(moved, 3, 3.2)).toBeGreaterThan(0);
  });

  test('of a picture that is masked as a whole nothing moves after its first', () => {
    const moved = watch({ level: (_x, _y, t) => (t > 2 ? 200 : 20) }, 4, [box(0, 0, width, height)]);
    expect(moved.filter(Boolean)).toHaveLength(1);
  });
});

/** @returns seconds of the frames that passed */
function passing(fps: number, seconds: number, moves: (seconds: number) => boolean) {
  const gate = new MotionGate({ lookEveryMs: 1000, keepLookingMs: 2000 });
  const times: number[] = [];
  for (let frame = 0; frame < seconds * fps; frame++) {
    const atMs = (1000 * frame) / fps;
    // As in a pipeline: whether a frame passes was decided by the frame before.
    if (gate.isOpen) times.push(atMs / 1000);
    const isPassed = gate.isOpen;
    gate.see(moves(atMs / 1000), atMs);
    if (isPassed) gate.looked(atMs);
  }
  return { times, skipped: gate.skipped };
}

describe('the gate', () => {
  test.each([5, 10, 15, 25, 30])(
    'a still scene at %i frames per second is looked at once a second',
    (fps) => {
      const { times, skipped } = passing(fps, 60, (seconds) => seconds < 0.5);
      const still = times.filter((seconds) => seconds >= 10);
      expect(still.length).toBeGreaterThanOrEqual(50);
      expect(still.length).toBeLessThanOrEqual(56);
      const gaps = still.slice(1).map((seconds, i) => seconds - still[i]!);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(1.001);
      expect(skipped + times.length).toBe(60 * fps);
    },
  );

  test('all frames pass from the one after a motion until two seconds later', () => {
    const { times } = passing(10, 20, (seconds) => seconds === 0 || seconds === 10);
    const around = times.filter((seconds) => seconds > 9.95 && seconds < 14);
    expect(around.filter((seconds) => seconds > 10 && seconds <= 12.05)).toHaveLength(20);
  });
});

describe('what stays for two seconds, anywhere and at any time', () => {
  const random = randomFrom(3);
  /** From 4 s on, one at a time; of 192 x 108 pixels. */
  const visits = Array.from({ length: 20 }, (_, i) => {
    const [w, h] = [3 + Math.floor(6 * random()), 6 + Math.floor(10 * random())];
    return {
      from: 4 + 9 * i + 2 * random(),
      left: Math.floor((width - w) * random()),
      top: Math.floor((height - h) * random()),
      w,
      h,
      contrast: (random() < 0.5 ? -1 : 1) * (35 + 40 * random()),
    };
  });
  const level = (x: number, y: number, t: number) => {
    const visit = visits[Math.floor((t - 4) / 9)];
    if (visit === undefined || t < visit.from || t >= visit.from + 2) return wall(x, y);
    const { left, top, w, h, contrast } = visit;
    return wall(x, y) + (x >= left && x < left + w && y >= top && y < top + h ? contrast : 0);
  };
  const moved = watch({ level, noise: 2 }, 4 + 9 * visits.length);
  const { times } = passing(FPS, moved.length / FPS, (seconds) => moved[Math.round(seconds * FPS)]!);

  test.each(visits)('$w x $h pixels at $left, $top', ({ from }) => {
    const looks = times.filter((seconds) => seconds >= from && seconds < from + 2);
    // The look once a second would find it too; motion opens the gate with the frame after the first.
    expect(looks.length).toBeGreaterThan(20);
    expect(looks[0]! - from).toBeLessThan(3 / FPS);
  });

  test('and the scene without it is looked at once a second', () => {
    // What has gone leaves a trace in the background, after which the gate stays open for two seconds.
    const isEmpty = (t: number) => t > 4 && visits.every(({ from }) => t < from || t > from + 6);
    const seconds = moved.filter((_, i) => isEmpty(i / FPS)).length / FPS;
    expect(times.filter(isEmpty).length / seconds).toBeLessThan(1.3);
  });
});

test('says where something moved: two walkers, each in a box of its own', () => {
  const places = [
    [30, 40],
    [150, 80],
  ] as const;
  const detector = new MotionDetector([], true);
  const luma = (seconds: number) => {
    const picture = new Uint8Array(width * height).fill(90);
    if (seconds < 3) return picture;
    for (const [x, y] of places)
      for (let row = y; row < y + 12; row++)
        picture.fill(
          200,
          row * width + x + 2 * Math.round(seconds),
          row * width + x + 2 * Math.round(seconds) + 6,
        );
    return picture;
  };
  for (let frame = 0; frame <= 3 * FPS; frame++) detector.see(luma(frame / FPS), (1000 * frame) / FPS);
  expect(detector.moved).toHaveLength(2);
  for (const [i, [x, y]] of places.entries()) {
    const [x1, y1, x2, y2] = detector.moved[i]!;
    expect(Math.abs(x1 * width - (x + 6))).toBeLessThanOrEqual(2);
    expect(Math.abs(x2 * width - (x + 12))).toBeLessThanOrEqual(2);
    expect(Math.abs(y1 * height - y)).toBeLessThanOrEqual(2);
    expect(Math.abs(y2 * height - (y + 12))).toBeLessThanOrEqual(2);
  }
});
