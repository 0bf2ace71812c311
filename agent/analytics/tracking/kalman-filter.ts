// Boxes of one object at their capture times -> where it is expected at another. A Kalman filter in seconds.

import type { Box } from '../../../models/detection.js';

// All noise is in parts of the object's size (the side of a square as large as its box), as SORT, DeepSORT and
// ByteTrack have it: near objects are larger and move more pixels.

/** Standard deviation of a detector's box: that of DeepSORT and ByteTrack. */
const BOX_NOISE = 1 / 20;
/** Standard deviation of what a second adds to a speed, sizes per second: people turn and stop within one. */
const SPEED_NOISE = 1;
/** The same for width and height, which change far less. */
const GROWTH_NOISE = 0.25;
/** Standard deviation of the speed of an object that has been seen once, sizes per second. */
const FIRST_SPEED = 1.5;
const FIRST_GROWTH = 0.25;

/** One coordinate: its value, its speed per second, and the covariance of both. */
interface Axis {
  value: number;
  speed: number;
  valueVariance: number;
  covariance: number;
  speedVariance: number;
}

/**
 * Centre, width and height with constant speeds. The noise of no coordinate depends on another, which makes
 * the usual filter of eight states equal to four of two.
 */
export class Motion {
  // Fields and not an array, here and below: all pairs of tracks and detections of a frame ask, and each walk through an
  // array leaves objects for the garbage collection.
  readonly #x: Axis;
  readonly #y: Axis;
  readonly #width: Axis;
  readonly #height: Axis;

  constructor(box: Box) {
    const size = sizeOf(box);
    this.#x = axis(middle(box[0], box[2]), size, FIRST_SPEED);
    this.#y = axis(middle(box[1], box[3]), size, FIRST_SPEED);
    this.#width = axis(box[2] - box[0], size, FIRST_GROWTH);
    this.#height = axis(box[3] - box[1], size, FIRST_GROWTH);
  }

  get box(): Box {
    const x = this.#x.value;
    const y = this.#y.value;
    const halfWidth = this.#width.value / 2;
    const halfHeight = this.#height.value / 2;
    return [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight];
  }

  /** Standard deviation of the centre, pixels. */
  get spread(): number {
    return Math.sqrt(Math.max(this.#x.valueVariance, this.#y.valueVariance));
  }

  /**
   * @param seconds since the last prediction or correction
   * @param isSeen an object that is hidden keeps its way, but not its growth, which is mostly its hiding
   */
  predict(seconds: number, isSeen: boolean): void {
    const size = sizeOf(this.box);
    predict(this.#x, seconds, SPEED_NOISE * size);
    predict(this.#y, seconds, SPEED_NOISE * size);
    predictSide(this.#width, seconds, GROWTH_NOISE * size, isSeen);
    predictSide(this.#height, seconds, GROWTH_NOISE * size, isSeen);
  }

  /** @param box a detection of the moment that was predicted last */
  correct(box: Box): void {
    const variance = (BOX_NOISE * sizeOf(box)) ** 2;
    correct(this.#x, middle(box[0], box[2]), variance);
    correct(this.#y, middle(box[1], box[3]), variance);
    correct(this.#width, box[2] - box[0], variance);
    correct(this.#height, box[3] - box[1], variance);
  }

  /** Squared Mahalanobis distance of a detection's centre; chi-squared of 2 degrees of freedom if it is of this object. */
  distance(box: Box): number {
    const variance = (BOX_NOISE * sizeOf(box)) ** 2;
    const dx = middle(box[0], box[2]) - this.#x.value;
    const dy = middle(box[1], box[3]) - this.#y.value;
    return dx ** 2 / (this.#x.valueVariance + variance) + dy ** 2 / (this.#y.valueVariance + variance);
  }
}

function axis(value: number, size: number, firstSpeed: number): Axis {
  return {
    value,
    speed: 0,
    valueVariance: (BOX_NOISE * size) ** 2,
    covariance: 0,
    speedVariance: (firstSpeed * size) ** 2,
  };
}

/** White noise of acceleration, integrated over the step: two short steps spread as much as one long one. */
function predict(each: Axis, seconds: number, speedNoise: number): void {
  const power = speedNoise ** 2;
  each.value += each.speed * seconds;
  each.valueVariance +=
    2 * seconds * each.covariance + seconds ** 2 * each.speedVariance + (power * seconds ** 3) / 3;
  each.covariance += seconds * each.speedVariance + (power * seconds ** 2) / 2;
  each.speedVariance += power * seconds;
}

function predictSide(each: Axis, seconds: number, noise: number, isSeen: boolean): void {
  if (!isSeen) each.speed = 0;
  predict(each, seconds, noise);
  each.value = Math.max(1, each.value);
}

function correct(each: Axis, measured: number, variance: number): void {
  const total = each.valueVariance + variance;
  const gain = each.valueVariance / total;
  const speedGain = each.covariance / total;
  const surprise = measured - each.value;
  each.value += gain * surprise;
  each.speed += speedGain * surprise;
  each.speedVariance -= speedGain * each.covariance;
  each.covariance *= 1 - gain;
  each.valueVariance *= 1 - gain;
}

function middle(from: number, to: number): number {
  return (from + to) / 2;
}

/** Side of a square as large, pixels; at least one, as noise of nothing would be certainty. */
export function sizeOf(box: Box): number {
  return Math.max(1, Math.sqrt((box[2] - box[0]) * (box[3] - box[1])));
}
