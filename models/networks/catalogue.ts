// Every network of the paper by its name. A new one is a file under backbones/ or heads/ and a row in one of the lists.

import { expected } from '#common/errors.js';
import { classifiers } from './classifiers.js';
import { detectors } from './detectors.js';
import type { NetworkSpec } from './network-spec.js';

export const catalogue: readonly NetworkSpec[] = [...classifiers, ...detectors];

export function isSystem(name: string): boolean {
  return catalogue.some((system) => system.name === name);
}

/** @throws CspcamError naming the nearest names that exist */
export function findNetwork(name: string): NetworkSpec {
  const found = catalogue.find((system) => system.name === name);
  if (found) return found;
  const start = name.split('-', 1)[0]!;
  const near = catalogue.filter((system) => system.name.startsWith(start)).map((system) => system.name);
  const choice = near.length > 0 ? near : catalogue.map((system) => system.name);
  throw expected(`one of ${choice.join(', ')}`, 'the network’s name', name);
}
