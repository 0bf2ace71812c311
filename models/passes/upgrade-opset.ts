// A program of opset 11 or 12 -> the same in 13, the first in which each filter of a kernel can have a scale of its own.

import { expected } from '#common/errors.js';
import { OnnxGraph } from '../onnx/onnx-graph.js';
import type { OnnxNode, OnnxProgram } from '../onnx/program.js';

const WANTED = 13;
const OLDEST = 11;

/** Attribute that became an input, by operator; from the change log of ONNX's operators. */
const MOVED: Readonly<Record<string, string>> = {
  ReduceSum: 'axes',
  Split: 'split',
  Squeeze: 'axes',
  Unsqueeze: 'axes',
};
/** Took all axes from one on as one, and take a single one now. */
const FLATTENING: ReadonlySet<string> = new Set(['Hardmax', 'LogSoftmax', 'Softmax']);

/** @throws CspcamError for older ones */
export function expectUpgradable({ opset = WANTED }: OnnxProgram, name: string): void {
  if (opset < OLDEST) throw expected(`opset ${OLDEST} or newer for int8`, name, `${opset}: export it anew`);
}

/**
 * Newer ones are as they were.
 *
 * @param name of the network, for errors @param rankOf values, where it is known
 * @throws CspcamError for what has no counterpart
 */
export function upgradeOpset(
  program: OnnxProgram,
  name: string,
  rankOf: (value: string) => number | undefined,
): OnnxProgram {
  if ((program.opset ?? WANTED) >= WANTED) return program;
  const graph = OnnxGraph.of({ ...program, nodes: [], opset: WANTED });
  for (const node of program.nodes) graph.add(upgraded(node, graph, name, rankOf));
  return graph.program;
}

function upgraded(
  node: OnnxNode,
  graph: OnnxGraph,
  name: string,
  rankOf: (value: string) => number | undefined,
): OnnxNode {
  if (node.domain !== undefined) return node;
  const { opType, inputs, output, attributes } = node;
  const moved = MOVED[opType];
  if (moved !== undefined) {
    const { [moved]: list, ...others } = attributes;
    if (list === undefined) return node;
    const values = graph.integers(`${output}_${moved}`, list as readonly number[]);
    return { ...node, inputs: [inputs[0]!, values], attributes: others };
  }
  if (!FLATTENING.has(opType)) return node;
  const rank = rankOf(inputs[0]!);
  const { axis = 1 } = attributes;
  if (rank === undefined || (axis !== -1 && axis !== rank - 1))
    throw expected(
      `${opType} over the last axis for int8`,
      name,
      `axis ${axis} in opset 12: export it in 13`,
    );
  return { ...node, attributes: { ...attributes, axis: -1 } };
}
