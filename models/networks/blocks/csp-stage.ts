// The cross-stage partial block (figures 2b, 3 and 5): the map is split, one part passes by, both are fused.

import type { Activation } from '../../layers/activation.js';
import type { Feature, NetworkBuilder } from '../builder.js';

export interface Parts {
  readonly bypass: Feature;
  /** What the block computes on. */
  readonly through: Feature;
}

export type Split = (net: NetworkBuilder, x: Feature) => Parts;

/**
 * Where the transitions stand (figure 3). `first`: concatenate, then one transition; `last`: a transition of the
 * computed part, then concatenate; `both`: the partial transition, which truncates the gradient on both ways;
 * `none`: only the concatenation.
 */
export type Fusion = 'first' | 'last' | 'both' | 'none';

export interface CspOptions {
  readonly split: Split;
  readonly block: (net: NetworkBuilder, x: Feature) => Feature;
  readonly fusion: Fusion;
  /** Halves the size between the concatenation and the transition after it. */
  readonly pool?: boolean;
  /** Channels after the last transition; those of the concatenation where absent. */
  readonly output?: number;
}

export interface CspStage {
  /** The concatenation, before pool and transition: what the paper's heads tap. */
  readonly fused: Feature;
  readonly output: Feature;
}

export function cspStage(net: NetworkBuilder, x: Feature, options: CspOptions): CspStage {
  const { split, block, fusion, pool = false } = options;
  const { bypass, through } = split(net, x);
  const computed = block(net, through);
  const partial = fusion === 'last' || fusion === 'both' ? transition(net, computed) : computed;
  const fused = net.concat(partial, bypass);
  const pooled = pool ? net.maxpool(fused, 2, 2) : fused;
  const output = fusion === 'first' || fusion === 'both' ? transition(net, pooled, options.output) : pooled;
  return { fused, output };
}

/** A 1x1 convolution; it keeps the width unless told otherwise. */
export function transition(net: NetworkBuilder, x: Feature, channels = x.output.channels): Feature {
  return net.conv(x, channels, 1);
}

/** Two 1x1 convolutions of the whole map, as figure 7 and the published cfgs have it. */
export function splitByConvolutions(bypass: number, through: number, activation?: Activation): Split {
  const options = activation ? { activation } : {};
  return (net, x) => ({ bypass: net.conv(x, bypass, 1, options), through: net.conv(x, through, 1, options) });
}
