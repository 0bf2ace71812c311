// A program and what it computes on pictures -> histograms of its values, and means of their channels.

import type { OnnxNode, OnnxProgram } from '../onnx/program.js';
import { shapesOf } from '../passes/shapes.js';
import type { Outputs } from '../runtime/session.js';
import { Histogram } from './histogram.js';

export interface Calibration {
  /** By value, of all pictures. */
  readonly histograms: ReadonlyMap<string, Histogram>;
  /** Means of channels, (channels), by value. */
  readonly means: ReadonlyMap<string, Float32Array>;
  readonly pictures: number;
}

/** Those whose values are floats: pixels are bytes up to their cast. */
export function floatNodes({ inputs, nodes }: OnnxProgram): OnnxNode[] {
  const bytes = new Set(inputs.filter(({ type }) => type === 'uint8').map(({ name }) => name));
  return nodes.filter(({ opType, inputs: [first], output }) => {
    if (opType === 'Cast' || !bytes.has(first!)) return true;
    bytes.add(output);
    return false;
  });
}

/** The same program with every value as an output, under its own name. */
export function withAllOutputs(program: OnnxProgram): OnnxProgram {
  const shapes = shapesOf(program);
  const outputs = floatNodes(program).map(({ output }) => {
    const { channels, height, width } = shapes.get(output)!;
    return { name: outputOf(output), value: output, dims: [1, channels, height, width] };
  });
  return { ...program, outputs };
}

/** Names of values are taken within the graph. */
const outputOf = (value: string) => `value ${value}`;

/** @param runs outputs of `withAllOutputs`, picture after picture */
export async function calibrate(program: OnnxProgram, runs: AsyncIterable<Outputs>): Promise<Calibration> {
  const shapes = shapesOf(program);
  const values = floatNodes(program).map(({ output }) => output);
  const histograms = new Map(values.map((value) => [value, new Histogram()]));
  const sums = new Map(values.map((value) => [value, new Float64Array(shapes.get(value)!.channels)]));
  let pictures = 0;
  for await (const outputs of runs) {
    pictures++;
    for (const value of values) {
      const map = outputs.get(outputOf(value))!; // (channels, height, width)
      histograms.get(value)!.add(map);
      addMeans(sums.get(value)!, map);
    }
  }
  const means = [...sums].map(
    ([value, sum]) => [value, Float32Array.from(sum, (one) => one / pictures)] as const,
  );
  return { histograms, means: new Map(means), pictures };
}

function addMeans(sums: Float64Array, map: Float32Array): void {
  const cells = map.length / sums.length;
  for (let channel = 0; channel < sums.length; channel++) {
    let sum = 0;
    for (let i = channel * cells; i < (channel + 1) * cells; i++) sum += map[i]!;
    sums[channel]! += sum / cells;
  }
}
