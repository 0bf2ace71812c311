// A program and what it computes on pictures -> histograms of its values, and means of their channels.

import { type OnnxProgram, outputsOf, type ValueType } from '../onnx/program.js';
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

/** What nodes compute in floats: pixels are bytes up to their cast. */
export function floatValues({ inputs, nodes, valueTypes }: OnnxProgram): string[] {
  if (valueTypes !== undefined)
    return nodes.flatMap((node) => outputsOf(node)).filter((value) => isFilled(valueTypes.get(value)));
  const bytes = new Set(inputs.filter(({ type }) => type === 'uint8').map(({ name }) => name));
  return nodes
    .filter(({ opType, inputs: [first], output }) => {
      if (opType === 'Cast' || !bytes.has(first!)) return true;
      bytes.add(output);
      return false;
    })
    .map(({ output }) => output);
}

/** Lists that depend on the picture may be empty. */
function isFilled(type: ValueType | undefined): boolean {
  return type?.type === 'float32' && !type.dims.includes(0);
}

/** (1, channels, height, width) of a map; of other values their own. */
function dimsOf(program: OnnxProgram): (value: string) => readonly number[] {
  const { valueTypes } = program;
  if (valueTypes !== undefined) return (value) => valueTypes.get(value)!.dims;
  const shapes = shapesOf(program);
  return (value) => {
    const { channels, height, width } = shapes.get(value)!;
    return [1, channels, height, width];
  };
}

/** The same program with every value as an output, under its own name. */
export function withAllOutputs(program: OnnxProgram): OnnxProgram {
  const of = dimsOf(program);
  const outputs = floatValues(program).map((value) => ({ name: outputOf(value), value, dims: of(value) }));
  return { ...program, outputs };
}

/** Names of values are taken within the graph. */
const outputOf = (value: string) => `value ${value}`;

/** @param runs outputs of `withAllOutputs`, picture after picture */
export async function calibrate(program: OnnxProgram, runs: AsyncIterable<Outputs>): Promise<Calibration> {
  const of = dimsOf(program);
  const values = floatValues(program);
  const histograms = new Map(values.map((value) => [value, new Histogram()]));
  const sums = new Map(values.map((value) => [value, new Float64Array(of(value)[1] ?? 1)]));
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
