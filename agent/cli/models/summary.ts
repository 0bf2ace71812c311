// Description of a model -> what the commands print of it.

import type { ModelDescription } from '../../../models/folder/description.js';

/** What a network of the catalogue has as well, before it is a folder. */
export type Summarised = Pick<
  ModelDescription,
  'name' | 'task' | 'input' | 'labels' | 'parameters' | 'bflops'
>;

export function summary({ name, task, input, labels, parameters, bflops }: Summarised) {
  return { name, task, input, labels, parameters, bflops };
}

export function sentence({ name, task, input, labels, parameters, bflops }: Summarised): string {
  const size = `${input.width}x${input.height}`;
  return `${name}, ${task}, ${size}, ${labels.length} classes, ${(parameters / 1e6).toFixed(2)} M parameters, ${bflops.toFixed(3)} BFLOPs`;
}
