// The cross-stage partial block (figures 2b, 3 and 5): the map is split, one part passes by, both are fused.

import type { Feature, NetworkBuilder } from '../builder.js';

/**
 * Where the transitions stand (figure 3):
 * `first`: concatenate, then one transition; `last`: transition of the computed part, then concatenate;
 * `both`: the partial transition, which truncates the gradient on both ways.
 */
export type Fusion = 'first' | 'last' | 'both';

export interface CspOptions {
  /** Channels of the part that passes by. */
  readonly bypass: number;
  /** Channels of the part that the block computes on. */
  readonly through: number;
  readonly block: (net: NetworkBuilder, x: Feature) => Feature;
  readonly fusion: Fusion;
  /** Halves the size between the concatenation and the transition after it. */
  readonly pool: boolean;
}

export interface CspStage {
  /** The concatenation, before pool and transition: what heads tap. */
  readonly fused: Feature;
  readonly output: Feature;
}

/** The split is made by two 1x1 convolutions, not by slicing: figure 7 shows both. */
export function cspStage(net: NetworkBuilder, x: Feature, options: CspOptions): CspStage {
  const { block, fusion, pool } = options;
  const bypass = net.conv(x, options.bypass, 1);
  const computed = block(net, net.conv(x, options.through, 1));
  const partial = fusion === 'first' ? computed : transition(net, computed);
  const fused = net.concat(partial, bypass);
  const pooled = pool ? net.maxpool(fused, 2, 2) : fused;
  return { fused, output: fusion === 'last' ? pooled : transition(net, pooled) };
}

/** 1x1 convolution that keeps the width. */
export function transition(net: NetworkBuilder, x: Feature): Feature {
  return net.conv(x, x.output.channels, 1);
}
