// Every network of the paper by its name. A new one is a file under backbones/ or heads/ and a row in one of the lists.

import { expected } from '#common/errors.js';
import { CLASSIFIERS } from './classifiers.js';
import { DETECTORS } from './detectors.js';
import type { NetworkSpec } from './network-spec.js';

export const CATALOGUE: readonly NetworkSpec[] = [...CLASSIFIERS, ...DETECTORS];

export function isSystem(name: string): boolean {
  return CATALOGUE.some((system) => system.name === name);
}

/** @throws CspcamError naming the nearest names that exist */
export function findNetwork(name: string): NetworkSpec {
  const found = CATALOGUE.find((system) => system.name === name);
  if (found) return found;
  const start = name.split('-', 1)[0]!;
  const near = CATALOGUE.filter((system) => system.name.startsWith(start)).map((system) => system.name);
  const choice = near.length > 0 ? near : CATALOGUE.map((system) => system.name);
  throw expected(`one of ${choice.join(', ')}`, 'the network’s name', name);
}
