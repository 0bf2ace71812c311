// Convolutions as exporters write them -> each with a bias and all of its attributes, as the quantizer reads them.

import { OnnxGraph } from '../onnx/onnx-graph.js';
import type { OnnxProgram } from '../onnx/program.js';

export function plainConvolutions(program: OnnxProgram): OnnxProgram {
  const graph = OnnxGraph.of({ ...program, nodes: [] });
  for (const node of program.nodes) {
    const { opType, inputs, output, attributes, domain } = node;
    const kernel = program.constants.get(inputs[1] ?? '');
    const isPlain = opType === 'Conv' && domain === undefined && kernel?.dims.length === 4;
    if (!isPlain) {
      graph.add(node);
      continue;
    }
    const [map, kernelName, biasName = ''] = inputs as [string, string, string?];
    const [filters, , height, width] = kernel.dims as [number, number, number, number];
    const bias =
      biasName === '' ? graph.tensor(`${output}_bias`, [filters], new Float32Array(filters)) : biasName;
    const padded = attributes.auto_pad === undefined || attributes.auto_pad === 'NOTSET';
    graph.add({
      ...node,
      inputs: [map, kernelName, bias],
      attributes: {
        dilations: [1, 1],
        group: 1,
        kernel_shape: [height, width],
        ...(padded && { pads: [0, 0, 0, 0] }),
        strides: [1, 1],
        ...attributes,
      },
    });
  }
  return { ...graph.program, ...(program.valueTypes && { valueTypes: program.valueTypes }) };
}
