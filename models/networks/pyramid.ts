// What a backbone offers to heads and classifiers.

import type { Feature, NetworkBuilder } from './builder.js';

/** Feature maps by the pixels of the picture per cell; the last is what a classifier sees. */
export interface Pyramid {
  readonly stride4: Feature;
  readonly stride8: Feature;
  readonly stride16: Feature;
  readonly stride32: Feature;
}

export type Backbone = (net: NetworkBuilder) => Pyramid;

/** Adds outputs to a backbone. */
export type Head = (net: NetworkBuilder, pyramid: Pyramid) => void;
