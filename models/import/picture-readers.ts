// A program and the name of its picture -> the convolutions that read it, looked for through what only picks its pixels.

import type { OnnxNode, OnnxProgram } from '../onnx/program.js';

/** A convolution, and which channel of the picture each of the channels is that it reads. */
export interface PictureReader {
  readonly node: OnnxNode;
  readonly channels: readonly number[];
}

const CHANNELS = [0, 1, 2] as const;

/**
 * Slices of rows and columns, and Concats of channels, as the Focus of YOLOX and early YOLOv5 has them.
 *
 * @returns nothing where anything else reads the picture, or leaves the graph
 */
export function pictureReaders(program: OnnxProgram, picture: string): readonly PictureReader[] | undefined {
  const channelsOf = new Map<string, readonly number[]>([[picture, CHANNELS]]);
  const readers: PictureReader[] = [];
  const leaves = new Set(program.outputs.map(({ value }) => value));
  for (const node of program.nodes) {
    const read = [...node.inputs, ...(node.captured ?? [])].filter((name) => channelsOf.has(name));
    if (read.length === 0) continue;
    if (isConvolution(node, program) && read.length === 1 && node.inputs[0] === read[0])
      readers.push({ node, channels: channelsOf.get(read[0]!)! });
    else if (picksPixels(node, program)) channelsOf.set(node.output, channelsOf.get(node.inputs[0]!)!);
    else if (node.opType === 'Concat' && node.attributes.axis === 1 && read.length === node.inputs.length)
      channelsOf.set(
        node.output,
        node.inputs.flatMap((name) => channelsOf.get(name)!),
      );
    else return undefined;
  }
  return readers.length > 0 && ![...channelsOf.keys()].some((name) => leaves.has(name)) ? readers : undefined;
}

/** Whether every second pixel is read into channels of its own before the first convolution. */
export function isFocused(program: OnnxProgram, picture: string): boolean {
  const slices = program.nodes.filter(({ opType, inputs }) => opType === 'Slice' && inputs[0] === picture);
  return slices.length > 1;
}

function isConvolution(
  { opType, domain, inputs, attributes }: OnnxNode,
  { constants }: OnnxProgram,
): boolean {
  const isWhole = attributes.group === undefined || attributes.group === 1;
  const isKnown = inputs
    .slice(1)
    .every((name) => name === '' || constants.get(name)?.values instanceof Float32Array);
  return opType === 'Conv' && !domain && isWhole && isKnown && constants.get(inputs[1]!)?.dims.length === 4;
}

/** A Slice along rows and columns; one that leaves out channels is none. */
function picksPixels({ opType, inputs, furtherOutputs }: OnnxNode, { constants }: OnnxProgram): boolean {
  if (opType !== 'Slice' || furtherOutputs) return false;
  const axes = constants.get(inputs[3] ?? '')?.values;
  return axes !== undefined && Array.from(axes, Number).every((axis) => [2, 3, -1, -2].includes(axis));
}

/** Whether the network itself divides its picture by 255 before anything else. */
export function scalesItself(program: OnnxProgram, picture: string): boolean {
  const { nodes, constants } = program;
  const readers = nodes.filter(({ inputs }) => inputs.includes(picture));
  return (
    readers.length > 0 &&
    readers.every(({ opType, inputs, output }) => {
      if (MOVERS.has(opType) && inputs[0] === picture) return scalesItself(program, output);
      const factor = Number(constants.get(inputs.find((name) => name !== picture) ?? '')?.values[0]);
      return (
        (opType === 'Div' && inputs[0] === picture && Math.round(factor) === 255) ||
        (opType === 'Mul' && Math.round(1 / factor) === 255)
      );
    })
  );
}

/** Pixels stay what they are: exporters put them in another layout first. */
const MOVERS: ReadonlySet<string> = new Set([
  'Cast',
  'Identity',
  'Reshape',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);
