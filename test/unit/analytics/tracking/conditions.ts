// Conditions of an invented street, from a perfect detector to all that goes wrong.

import type { Conditions } from '../../../support/street.js';

/** Objects hide and cross each other; the detector finds all that can be seen. */
export const clear: Conditions = {
  seed: 1,
  seconds: 20,
  people: 8,
  cars: 4,
  framesPerSecond: 15,
  unevenness: 0,
  jitter: 0,
  missed: 0,
  falsePositives: 0,
  mistaken: 0,
};

export const noisy: Conditions = {
  ...clear,
  unevenness: 0.4,
  jitter: 0.03,
  missed: 0.1,
  falsePositives: 0.1,
  mistaken: 0.15,
};
