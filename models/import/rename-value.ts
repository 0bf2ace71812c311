// A program and the name of a value in it -> the same with the value called otherwise, so that the name is free.

import { OnnxGraph } from '../onnx/onnx-graph.js';
import type { OnnxOutput, OnnxProgram } from '../onnx/program.js';

/** Outputs keep their names. Subgraphs are left as they are: no exporter names a value of theirs as we do. */
export function withoutName(program: OnnxProgram, name: string): OnnxProgram {
  const rename = (one: string) => (one === name ? `${name}_of_file` : one);
  return {
    ...program,
    nodes: program.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      output: rename(node.output),
      ...(node.furtherOutputs && { furtherOutputs: node.furtherOutputs.map(rename) }),
    })),
    constants: new Map([...program.constants].map(([key, value]) => [rename(key), value])),
    outputs: program.outputs.map((output) => ({ ...output, value: rename(output.value) })),
  };
}

/** To give an output another value: a graph without it, and the value that it was. */
export function withoutOutput(
  program: OnnxProgram,
  name: string,
): { readonly graph: OnnxGraph; readonly value: string; readonly output: OnnxOutput } {
  const free = withoutName(program, name);
  const output = free.outputs.find((one) => one.name === name)!;
  const graph = OnnxGraph.of({ ...free, outputs: free.outputs.filter((one) => one !== output) });
  return { graph, value: output.value, output };
}
