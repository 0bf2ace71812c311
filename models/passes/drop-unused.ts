// A program -> the same without nodes and constants that no output depends on.

import type { OnnxProgram } from '../onnx/program.js';

export function dropUnused({ inputs, nodes, constants, outputs }: OnnxProgram): OnnxProgram {
  const used = new Set(outputs.map(({ value }) => value));
  const kept = nodes
    .toReversed()
    .filter((node) => {
      if (!used.has(node.output)) return false;
      for (const input of node.inputs) used.add(input);
      return true;
    })
    .reverse();
  return {
    inputs,
    nodes: kept,
    constants: new Map([...constants].filter(([name]) => used.has(name))),
    outputs,
  };
}
