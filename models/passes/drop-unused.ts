// A program -> the same without nodes and constants that no output depends on.

import { type OnnxProgram, outputsOf, valuesReadBy } from '../onnx/program.js';

export function dropUnused(program: OnnxProgram): OnnxProgram {
  const { nodes, constants, outputs } = program;
  const used = new Set(outputs.map(({ value }) => value));
  const kept = nodes
    .toReversed()
    .filter((node) => {
      if (!outputsOf(node).some((output) => used.has(output))) return false;
      for (const input of valuesReadBy(node)) used.add(input);
      return true;
    })
    .reverse();
  return {
    ...program,
    nodes: kept,
    constants: new Map([...constants].filter(([name]) => used.has(name))),
  };
}
