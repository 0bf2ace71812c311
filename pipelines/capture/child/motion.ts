// Small grey pictures of a camera, one after another -> whether something in them moved, and where. Pure.

import { coveredPixels, type Polygon } from '../../masks.js';

/** Pixels of the pictures, whatever shape the source has; two by two of them are a block. */
export const MOTION_SIZE = { width: 192, height: 108 } as const;

const COLUMNS = MOTION_SIZE.width / 2;
const ROWS = MOTION_SIZE.height / 2;
const BLOCKS = COLUMNS * ROWS;

/** Corners in parts of the picture. */
export type MovedBox = readonly [x1: number, y1: number, x2: number, y2: number];

/** What stays so long becomes background; what moves leaves its trace for about as long. */
const BACKGROUND_MS = 1000;
const NOISE_MS = 10_000;
/** Levels of 255. Coding pulses by less with its key frames; wind in leaves must not hide a car. */
const LEAST_THRESHOLD = 7;
const MOST_THRESHOLD = 24;
/** A block changes from so many mean absolute differences up: 4.8 standard deviations of noise. */
const NOISE_TIMES = 6;
/** What differences of blocks that touch must come to, in thresholds: key frames of a noisy camera do not. */
const LEAST_SUM = 9;
/** More things that move are not told apart. */
const MOST_THINGS = 16;
/** More of the picture is another scene: the light was switched, or the camera turned. */
const OTHER_SCENE = 0.6;

/**
 * Compares with a running background, block by block, after taking out what gain and offset of the whole
 * picture explain: clouds, dusk and the steps of a camera's exposure.
 */
export class MotionDetector {
  readonly #background = new Float32Array(BLOCKS); // (ROWS, COLUMNS)
  readonly #noise = new Float32Array(BLOCKS).fill(1); // mean absolute difference
  readonly #blocks = new Float32Array(BLOCKS);
  /** Differences in thresholds, 0 below one. */
  readonly #changed = new Float32Array(BLOCKS);
  readonly #group = new Uint16Array(BLOCKS);
  /** Blocks that are looked at. */
  readonly #seen: Uint16Array;
  #lastMs: number | undefined;
  #compared = 0;
  readonly #most: number;
  #moved: readonly MovedBox[] = [];

  /**
   * @param unseen a block that one of them touches is never looked at, its light neither
   * @param tellsWhere one thing is enough to know that something moved
   */
  constructor(unseen: readonly Polygon[] = [], tellsWhere = false) {
    this.#most = tellsWhere ? MOST_THINGS : 1;
    const half = { x: 0.5, y: 0.5 };
    const covered = coveredPixels(unseen, { width: COLUMNS, height: ROWS }, half);
    this.#seen = Uint16Array.from([...covered.keys()].filter((block) => covered[block] === 0));
  }

  /** What moved in the last picture; nothing where all of it has changed. */
  get moved(): readonly MovedBox[] {
    return this.#moved;
  }

  /**
   * @param luma (108, 192)
   * @param atMs a clock that never goes back
   */
  see(luma: Uint8Array, atMs: number): boolean {
    const blocks = this.#blocks;
    for (let row = 0, block = 0; row < ROWS; row++) {
      let at = 2 * row * MOTION_SIZE.width;
      for (let column = 0; column < COLUMNS; column++, at += 2, block++) {
        const below = at + MOTION_SIZE.width;
        blocks[block] = (luma[at]! + luma[at + 1]! + luma[below]! + luma[below + 1]!) / 4;
      }
    }
    const elapsedMs = this.#lastMs === undefined ? undefined : Math.max(0, atMs - this.#lastMs);
    this.#lastMs = atMs;
    if (elapsedMs === undefined) {
      this.#background.set(blocks);
      return true;
    }
    const changed = this.#compare(elapsedMs);
    if (changed <= OTHER_SCENE * this.#seen.length) {
      this.#moved = this.#things();
      return this.#moved.length > 0;
    }
    this.#moved = [];
    this.#background.set(blocks);
    return true;
  }

  /** @returns how many blocks changed */
  #compare(elapsedMs: number): number {
    const light = lightChange(this.#blocks, this.#background, this.#seen);
    const learned = 1 - Math.exp(-elapsedMs / BACKGROUND_MS);
    // The first frames weigh as much as all before them: a noisy camera is known within a second.
    this.#compared += 1;
    const heard = Math.max(1 / this.#compared, 1 - Math.exp(-elapsedMs / NOISE_MS));
    let count = 0;
    const seen = this.#seen;
    // By their numbers: an iterator over them takes half as long again.
    for (let at = 0; at < seen.length; at++) {
      const i = seen[at]!;
      const lit = this.#background[i]! * light.gain + light.offset;
      const difference = this.#blocks[i]! - lit;
      const size = Math.abs(difference);
      const noise = this.#noise[i]!;
      const threshold = Math.min(MOST_THRESHOLD, Math.max(LEAST_THRESHOLD, NOISE_TIMES * noise));
      const isChanged = size > threshold;
      this.#changed[i] = isChanged ? size / threshold : 0;
      if (isChanged) count++;
      this.#background[i] = lit + learned * difference;
      this.#noise[i] = noise + heard * (Math.min(size, MOST_THRESHOLD) - noise);
    }
    return count;
  }

  /** Single blocks are noise, and where coding pulses a few together are just over the threshold. */
  #things(): MovedBox[] {
    const things: MovedBox[] = [];
    const changed = this.#changed;
    const group = this.#group;
    for (let i = 0; i < BLOCKS && things.length < this.#most; i++) {
      let found = 0;
      let sum = 0;
      const take = (block: number) => {
        const size = changed[block]!;
        if (size === 0) return;
        changed[block] = 0;
        group[found++] = block;
        sum += size;
      };
      take(i);
      for (let at = 0; at < found; at++) {
        const column = group[at]! % COLUMNS;
        for (let line = group[at]! - COLUMNS; line <= group[at]! + COLUMNS; line += COLUMNS) {
          if (line < 0 || line >= BLOCKS) continue;
          if (column > 0) take(line - 1);
          take(line);
          if (column < COLUMNS - 1) take(line + 1);
        }
      }
      if (found >= 3 && sum >= LEAST_SUM) things.push(boundsOf(group.subarray(0, found)));
    }
    return things;
  }
}

function boundsOf(blocks: Uint16Array): MovedBox {
  let [left, top, right, bottom] = [COLUMNS, ROWS, 0, 0];
  for (const block of blocks) {
    const column = block % COLUMNS;
    const row = (block - column) / COLUMNS;
    left = Math.min(left, column);
    right = Math.max(right, column + 1);
    top = Math.min(top, row);
    bottom = Math.max(bottom, row + 1);
  }
  return [left / COLUMNS, top / ROWS, right / COLUMNS, bottom / ROWS];
}

interface Light {
  readonly gain: number;
  readonly offset: number;
}

/**
 * Medians of the darker and of the brighter half, which whatever moves does not shift unless it fills the half.
 */
function lightChange(now: Float32Array, before: Float32Array, seen: Uint16Array): Light {
  const middle = median(before, before, 256, seen);
  const dark = { now: median(now, before, middle, seen), before: median(before, before, middle, seen) };
  const bright = { now: median(now, before, -middle, seen), before: median(before, before, -middle, seen) };
  const contrast = bright.before - dark.before;
  if (contrast < 16) return { gain: 1, offset: (dark.now - dark.before + bright.now - bright.before) / 2 };
  // A camera doubles its exposure at most; more is something else.
  const gain = Math.min(2, Math.max(0.5, (bright.now - dark.now) / contrast));
  return { gain, offset: dark.now - gain * dark.before };
}

const STEPS = 4;
const histogram = new Uint32Array(256 * STEPS);

/**
 * The median, to a quarter of a level.
 *
 * @param limit of blocks whose `by` is below it; with a minus in front, of those from there up
 */
function median(values: Float32Array, by: Float32Array, limit: number, blocks: Uint16Array): number {
  histogram.fill(0);
  let count = 0;
  for (let at = 0; at < blocks.length; at++) {
    const i = blocks[at]!;
    if (limit > 0 ? by[i]! >= limit : by[i]! < -limit) continue;
    const bin = Math.min(histogram.length - 1, Math.max(0, Math.round(values[i]! * STEPS)));
    histogram[bin]!++;
    count++;
  }
  let seen = 0;
  for (let bin = 0; bin < histogram.length; bin++) {
    seen += histogram[bin]!;
    if (2 * seen >= count) return bin / STEPS;
  }
  return 0;
}
