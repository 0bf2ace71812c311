// Time of one thin network on a machine -> how much longer than the engine's costs say moves and kernels take there.

import { findNetwork } from '../networks/catalogue.js';
import { buildNetwork } from '../networks/network-spec.js';
import type { Engine, Machine } from './machine.js';
import { predictWorks } from './roofline.js';
import { type LayerWork, type Precision, workOf } from './work.js';

/** Thin layers, concatenations and pools: 40% of its time in floats and 70% in integers is no matter of the roof. */
export const THIN_NETWORK = { network: 'peleenet', size: 256 } as const;

const works = new Map<Precision, readonly LayerWork[]>();

/**
 * What a roof does not tell, in one number for a precision and a number of threads: caches, reorders, waking, whatever
 * of it is slower here than where the costs were fitted.
 *
 * @param thinMs of a frame of THIN_NETWORK with the machine's threads
 * @returns 0 and more, 1 where the machine is as predicted; to be the machine's `slowness`
 */
export function slownessOf(thinMs: number, precision: Precision, machine: Machine, engine: Engine): number {
  const { network, size } = THIN_NETWORK;
  const thin = works.get(precision) ?? workOf(buildNetwork(findNetwork(network), { size }), precision);
  works.set(precision, thin);
  const at = (slowness: number) =>
    predictWorks(thin, precision, { ...machine, slowness: { [precision]: slowness } }, engine).latencyMs;
  const [roofMs, asPredictedMs] = [at(0), at(1)];
  return Math.max(0, (thinMs - roofMs) / (asPredictedMs - roofMs));
}
