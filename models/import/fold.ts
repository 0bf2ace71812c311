// A program that takes prepared pictures, and how they are prepared -> one that takes planar RGB bytes and prepares them itself.
//
// What a convolution alone reads is prepared by its weights: channels in another order are columns of its kernel in another
// order, and a division is a factor of them. A mean can go into its bias only where it has no border: zeros of a border are
// not what the mean takes from a pixel. There it stays a subtraction before.

import { OnnxGraph } from '../onnx/onnx-graph.js';
import type { Constant, OnnxNode, OnnxProgram } from '../onnx/program.js';
import { INPUT_NAME } from '../onnx/write.js';
import { dropUnused } from '../passes/drop-unused.js';
import type { Picture, Preprocessing } from './facts.js';
import { type PictureReader, pictureReaders } from './picture-readers.js';
import { withoutName } from './rename-value.js';

const CHANNELS = [0, 1, 2] as const;
const FLOAT = 1;
/** Value before the first layer in the folders of our own networks too. */
const PICTURE = 'picture';

/** @returns a program whose only input is `pixels`, (1, 3, H, W) uint8 */
export function takeBytes(program: OnnxProgram, picture: Picture, preprocessing: Preprocessing): OnnxProgram {
  const free = [INPUT_NAME, PICTURE].filter((name) => name !== picture.name).reduce(withoutName, program);
  const readers =
    picture.type === 'float32' && picture.layout === 'NCHW' && picture.batch
      ? pictureReaders(free, picture.name)
      : undefined;
  const before = OnnxGraph.of({ ...free, inputs: [], nodes: [] });
  before.input(INPUT_NAME, 'uint8', [1, 3, picture.height, picture.width]);
  // RGB of ours, in the order of the file.
  const order = preprocessing.colour === 'RGB' ? CHANNELS : CHANNELS.toReversed();
  const { mean, deviation } = preprocessing;
  const inner = readers && inWeights(before, free, readers, { order, mean, deviation });
  let value = inner ? subtracted(before, inner.mean) : byNodes(before, picture, preprocessing);
  if (inner === undefined) value = inLayout(before, value, picture);
  const rename = (name: string) => (name === picture.name ? value : name);
  for (const node of free.nodes) {
    const replaced = inner?.convolutions.get(node) ?? node;
    before.add({
      ...replaced,
      inputs: replaced.inputs.map(rename),
      ...(replaced.captured && { captured: replaced.captured.map(rename) }),
    });
  }
  return dropUnused(before.program);
}

interface Affine {
  /** Channel of RGB that each channel of the file is. */
  readonly order: readonly number[];
  /** In the order of the file. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

interface InWeights {
  readonly convolutions: ReadonlyMap<OnnxNode, OnnxNode>;
  /** What is left to subtract, in the order of RGB; nothing where no mean is left. */
  readonly mean?: readonly number[];
}

function inWeights(
  graph: OnnxGraph,
  { constants }: OnnxProgram,
  readers: readonly PictureReader[],
  { order, mean, deviation }: Affine,
): InWeights {
  const hasMean = mean.some((value) => value !== 0);
  const withoutBorder = readers.every(({ node }) => !hasBorder(node));
  const convolutions = new Map(
    readers.map(({ node, channels }) => {
      const [map, kernelName, biasName = ''] = node.inputs as [string, string, string?];
      const kernel = constants.get(kernelName)! as Constant & { values: Float32Array };
      const [filters, depth] = kernel.dims as [number, number];
      const cells = kernel.values.length / (filters * depth);
      const values = new Float32Array(kernel.values.length);
      const bias = Float64Array.from({ length: filters }, (_, filter) =>
        Number(constants.get(biasName)?.values[filter] ?? 0),
      );
      for (let filter = 0; filter < filters; filter++)
        channels.forEach((channel, at) => {
          // Channels of a block stay a block, each where its colour is.
          const to = channels.findIndex(
            (other, place) => Math.floor(place / 3) === Math.floor(at / 3) && other === order[channel],
          );
          for (let cell = 0; cell < cells; cell++) {
            const weight = kernel.values[(filter * depth + at) * cells + cell]! / deviation[channel]!;
            values[(filter * depth + to) * cells + cell] = weight;
            if (withoutBorder) bias[filter]! -= weight * mean[channel]!;
          }
        });
      const inputs = [map, graph.tensor(`${node.output}_kernel_of_bytes`, kernel.dims, values)];
      if (biasName !== '' || (hasMean && withoutBorder))
        inputs.push(graph.tensor(`${node.output}_bias_of_bytes`, [filters], Float32Array.from(bias)));
      return [node, { ...node, inputs }] as const;
    }),
  );
  const left = CHANNELS.map((channel) => mean[order.indexOf(channel)]!);
  return { convolutions, ...(hasMean && !withoutBorder && { mean: left }) };
}

function hasBorder({ attributes }: OnnxNode): boolean {
  const pads = attributes.pads as readonly number[] | undefined;
  const automatic = attributes.auto_pad ?? 'NOTSET';
  return (pads?.some((length) => length > 0) ?? false) || !['NOTSET', 'VALID'].includes(automatic as string);
}

/** Bytes as floats, less the mean. */
function subtracted(graph: OnnxGraph, mean: readonly number[] | undefined): string {
  const picture = graph.node('Cast', [INPUT_NAME], PICTURE, { to: FLOAT });
  if (mean === undefined) return picture;
  return graph.node(
    'Sub',
    [picture, graph.tensor('picture_mean', [1, 3, 1, 1], Float32Array.from(mean))],
    'picture_centred',
  );
}

/** Each step that is one, in a node of its own. */
function byNodes(graph: OnnxGraph, { type }: Picture, { colour, mean, deviation }: Preprocessing): string {
  let value = INPUT_NAME;
  if (colour === 'BGR')
    value = graph.node('Gather', [value, graph.integers('picture_order', [2, 1, 0])], 'picture_bgr', {
      axis: 1,
    });
  if (type === 'uint8') return value;
  value = graph.node('Cast', [value], PICTURE, { to: FLOAT });
  const step = (opType: string, name: string, values: readonly number[]) => {
    const constant = graph.tensor(`picture_${name}`, [1, 3, 1, 1], Float32Array.from(values));
    value = graph.node(opType, [value, constant], `picture_less_${name}`);
  };
  if (mean.some((one) => one !== 0)) step('Sub', 'mean', mean);
  if (deviation.some((one) => one !== 1)) step('Div', 'deviation', deviation);
  return value;
}

function inLayout(graph: OnnxGraph, value: string, { layout, batch, width, height }: Picture): string {
  let placed = value;
  if (layout === 'NHWC') placed = graph.node('Transpose', [placed], 'picture_nhwc', { perm: [0, 2, 3, 1] });
  if (batch) return placed;
  const dims = layout === 'NHWC' ? [height, width, 3] : [3, height, width];
  return graph.node('Reshape', [placed, graph.integers('picture_shape', dims)], 'picture_alone');
}
