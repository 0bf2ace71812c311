// A program -> its folded form, the shapes of its values and what it gives on a picture, by ONNX Runtime.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CspcamError, expected } from '#common/errors.js';
import { encodeOnnx } from '../onnx/encode.js';
import { type OnnxProgram, outputsOf } from '../onnx/program.js';
import { readOnnx } from '../onnx/read.js';
import { foldConstants, inferShapes, runOnce, type TensorValue } from '../runtime/onnxruntime.js';
import type { Observed } from './facts.js';
import { runtimeWords } from './runtime-words.js';

/** Four hundred megabytes in floats: a layer of a detector at 1280 pixels has a tenth of it. */
const MOST_ELEMENTS = 1e8;

/**
 * What does not depend on the picture is computed, and shapes are worked out.
 *
 * @param scratch a folder for files that ONNX Runtime writes
 * @param file as errors name it
 */
export async function simplify(program: OnnxProgram, scratch: string, file: string): Promise<OnnxProgram> {
  // Shapes first: what is folded may be as large as a file says.
  const shaped = await throughRuntime(program, 'shapes', scratch, file);
  expectSmall(shaped, file);
  const simple = await throughRuntime(program, 'constants', scratch, file);
  expectSmall(simple, file);
  // Every domain that the runtime has stands in what it writes.
  const used = new Set(simple.nodes.map(({ domain }) => domain));
  const furtherOpsets = new Map([...(simple.furtherOpsets ?? [])].filter(([domain]) => used.has(domain)));
  const { furtherOpsets: _, ...rest } = simple;
  return { ...rest, ...(furtherOpsets.size > 0 && { furtherOpsets }) };
}

async function throughRuntime(
  program: OnnxProgram,
  what: 'shapes' | 'constants',
  scratch: string,
  file: string,
): Promise<OnnxProgram> {
  const saved = join(scratch, `${what}.onnx`);
  const network = encodeOnnx(tellingShapes(program), 'imported');
  await inRuntime(file, () =>
    what === 'shapes' ? inferShapes(network, saved) : foldConstants(network, saved),
  );
  return readOnnx(await readFile(saved)).program;
}

/**
 * ONNX Runtime writes a network anew only where it has changed something, and only the shapes of values that have an entry:
 * each gets an empty one, and the picture a node that goes.
 */
function tellingShapes(program: OnnxProgram): OnnxProgram {
  const same = 'input_as_it_is';
  const picture = program.inputs[0]!.name;
  const rename = (name: string) => (name === picture ? same : name);
  const nodes = program.nodes.map((node) => ({ ...node, inputs: node.inputs.map(rename) }));
  return {
    ...program,
    nodes: [{ opType: 'Identity', inputs: [picture], output: same, attributes: {} }, ...nodes],
    valueTypes: new Map(nodes.flatMap(outputsOf).map((name) => [name, { type: 'any', dims: [] }])),
  };
}

function expectSmall({ valueTypes = new Map() }: OnnxProgram, file: string): void {
  for (const [name, { dims }] of valueTypes)
    if (dims.reduce((product, length) => product * length, 1) > MOST_ELEMENTS)
      throw expected(`at most ${MOST_ELEMENTS} elements`, `${name} of ${file}`, dims.join(' x '));
}

/** @returns the outputs of the program, in their order */
export async function observe(
  program: OnnxProgram,
  inputs: ReadonlyMap<string, TensorValue>,
  file: string,
): Promise<Observed[]> {
  const outputs = await inRuntime(file, () => runOnce(encodeOnnx(program, 'imported'), inputs));
  return program.outputs.map(({ name }) => {
    const { type, dims, data } = outputs.get(name)!;
    if (type === 'string') throw expected('numbers', `output ${name} of ${file}`, 'text');
    return { name, type, dims, values: Float32Array.from(data as ArrayLike<number>, Number) };
  });
}

/** Shapes of all values and constants; of those that could not be worked out, by a run. */
export async function shapesOfValues(
  program: OnnxProgram,
  inputs: ReadonlyMap<string, TensorValue>,
  file: string,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const known = new Map<string, readonly number[]>();
  for (const { name, dims } of program.inputs) known.set(name, dims);
  for (const [name, { dims }] of [...program.constants, ...(program.valueTypes ?? [])]) known.set(name, dims);
  const unknown = program.nodes.flatMap(outputsOf).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    const outputs = unknown.map((name) => ({ name, value: name, dims: [], type: 'any' as const }));
    const run = await inRuntime(file, () => runOnce(encodeOnnx({ ...program, outputs }, 'imported'), inputs));
    for (const name of unknown) known.set(name, run.get(name)!.dims);
  }
  return known;
}

async function inRuntime<Value>(file: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    const words = runtimeWords((error as Error).message);
    throw new CspcamError(`expected ONNX Runtime to run ${file}, received ${words}`, { cause: error });
  }
}
