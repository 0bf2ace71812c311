// Nodes in any order -> each after those whose values it reads, otherwise as they came.

import { expected } from '#common/errors.js';
import { type OnnxNode, outputsOf, valuesReadBy } from './program.js';

/**
 * @param given names of inputs and constants
 * @throws CspcamError for a value that nothing gives, and for nodes in a circle
 */
export function sortNodes(nodes: readonly OnnxNode[], given: ReadonlySet<string>): OnnxNode[] {
  const producers = new Map(
    nodes.flatMap((node) => outputsOf(node).map((output) => [output, node] as const)),
  );
  const missing = new Map<OnnxNode, number>();
  const readers = new Map<OnnxNode, OnnxNode[]>();
  for (const node of nodes) {
    const before = new Set<OnnxNode>();
    for (const value of valuesReadBy(node)) {
      const producer = producers.get(value);
      if (producer !== undefined) before.add(producer);
      else if (!given.has(value))
        throw expected(
          'inputs that a node, a constant or the picture gives',
          `node ${node.opType} ${node.output}`,
          value,
        );
    }
    missing.set(node, before.size);
    for (const producer of before) readers.set(producer, [...(readers.get(producer) ?? []), node]);
  }
  if (isSorted(nodes, given)) return [...nodes];
  const sorted: OnnxNode[] = nodes.filter((node) => missing.get(node) === 0);
  for (const node of sorted)
    for (const reader of readers.get(node) ?? []) {
      missing.set(reader, missing.get(reader)! - 1);
      if (missing.get(reader) === 0) sorted.push(reader);
    }
  const circle = nodes.find((node) => missing.get(node)! > 0);
  if (circle)
    throw expected('a graph without circles', `node ${circle.opType} ${circle.output}`, 'its own result');
  return sorted;
}

function isSorted(nodes: readonly OnnxNode[], given: ReadonlySet<string>): boolean {
  const known = new Set(given);
  return nodes.every((node) => {
    const ready = valuesReadBy(node).every((value) => known.has(value));
    for (const output of outputsOf(node)) known.add(output);
    return ready;
  });
}
