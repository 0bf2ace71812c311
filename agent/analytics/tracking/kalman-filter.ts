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
  readonly #axes: readonly [x: Axis, y: Axis, width: Axis, height: Axis];

  constructor(box: Box) {
    const size = sizeOf(box);
    const [x, y, width, height] = measure(box);
    this.#axes = [
      axis(x, size, FIRST_SPEED),
      axis(y, size, FIRST_SPEED),
      axis(width, size, FIRST_GROWTH),
      axis(height, size, FIRST_GROWTH),
    ];
  }

  get box(): Box {
    const [x, y, width, height] = this.#axes.map(({ value }) => value) as [number, number, number, number];
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
  }

  /** Standard deviation of the centre, pixels. */
  get spread(): number {
    const [x, y] = this.#axes;
    return Math.sqrt(Math.max(x.valueVariance, y.valueVariance));
  }

  /**
   * @param seconds since the last prediction or correction
   * @param isSeen an object that is hidden keeps its way, but not its growth, which is mostly its hiding
   */
  predict(seconds: number, isSeen: boolean): void {
    const size = sizeOf(this.box);
    const [x, y, width, height] = this.#axes;
    for (const each of [x, y]) predict(each, seconds, SPEED_NOISE * size);
    for (const each of [width, height]) {
      if (!isSeen) each.speed = 0;
      predict(each, seconds, GROWTH_NOISE * size);
      each.value = Math.max(1, each.value);
    }
  }

  /** @param box a detection of the moment that was predicted last */
  correct(box: Box): void {
    const variance = (BOX_NOISE * sizeOf(box)) ** 2;
    const measured = measure(box);
    this.#axes.forEach((each, index) => {
      correct(each, measured[index]!, variance);
    });
  }

  /** Squared Mahalanobis distance of a detection's centre; chi-squared of 2 degrees of freedom if it is of this object. */
  distance(box: Box): number {
    const [x, y] = this.#axes;
    const variance = (BOX_NOISE * sizeOf(box)) ** 2;
    const dx = (box[0] + box[2]) / 2 - x.value;
    const dy = (box[1] + box[3]) / 2 - y.value;
    return dx ** 2 / (x.valueVariance + variance) + dy ** 2 / (y.valueVariance + variance);
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

function measure([x1, y1, x2, y2]: Box): [x: number, y: number, width: number, height: number] {
  return [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1];
}

/** Side of a square as large, pixels; at least one, as noise of nothing would be certainty. */
export function sizeOf([x1, y1, x2, y2]: Box): number {
  return Math.max(1, Math.sqrt((x2 - x1) * (y2 - y1)));
}
