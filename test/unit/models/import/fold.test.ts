// Networks that take prepared pictures -> the same that take bytes, held to the first on pictures prepared here by hand.

import { describe, expect, test } from 'vitest';
import type { Picture, Preprocessing } from '../../../../models/import/facts.js';
import { takeBytes } from '../../../../models/import/fold.js';
import { scalesItself } from '../../../../models/import/picture-readers.js';
import { encodeOnnx } from '../../../../models/onnx/encode.js';
import { OnnxGraph } from '../../../../models/onnx/onnx-graph.js';
import type { OnnxProgram } from '../../../../models/onnx/program.js';
import { runOnce } from '../../../../models/runtime/onnxruntime.js';
import { focused } from '../../../support/detector-file.js';

const SIZE = { width: 12, height: 8 };
const CELLS = SIZE.width * SIZE.height;
const UNIT: Pick<Preprocessing, 'mean' | 'deviation'> = { mean: [0, 0, 0], deviation: [255, 255, 255] };
const IMAGENET = {
  mean: [123.675, 116.28, 103.53],
  deviation: [58.395, 57.12, 57.375],
} satisfies typeof UNIT;
const BYTES = { mean: [0, 0, 0], deviation: [1, 1, 1] } satisfies typeof UNIT;

const pixels = Uint8Array.from({ length: 3 * CELLS }, (_, at) => (at * 7919 + (at % 13) * 31) % 256); // (3, H, W), RGB
const random = (length: number) => Float32Array.from({ length }, (_, at) => Math.sin(at * 12.9898) * 0.5);

type Build = (graph: OnnxGraph, picture: string) => string;

const convolution =
  (pad: number, { bias = true, channels = 3, stride = 1, name = 'conv' } = {}): Build =>
  (graph, picture) => {
    const inputs = [picture, graph.tensor(`${name}_k`, [4, channels, 3, 3], random(36 * channels))];
    if (bias) inputs.push(graph.tensor(`${name}_b`, [4], random(4)));
    return graph.node('Conv', inputs, name, {
      ...{ kernel_shape: [3, 3], strides: [stride, stride], pads: [pad, pad, pad, pad] },
    });
  };

const networks: [name: string, build: Build, folds: boolean, mean: boolean][] = [
  ['a convolution without border', convolution(0), true, true],
  ['without border and bias', convolution(0, { bias: false }), true, true],
  ['a convolution with a border', convolution(1, { stride: 2 }), true, false],
  [
    'a focus',
    (graph, picture) => convolution(1, { channels: 12 })(graph, focused(graph, picture)),
    true,
    false,
  ],
  [
    'two convolutions',
    (graph, picture) =>
      graph.node(
        'Add',
        [convolution(0)(graph, picture), convolution(0, { name: 'other' })(graph, picture)],
        'sum',
      ),
    true,
    true,
  ],
  [
    'a convolution and a pool',
    (graph, picture) => {
      const pool = graph.node('GlobalAveragePool', [picture], 'pool');
      const mean = graph.node('ReduceMean', [pool], 'mean', { axes: [1], keepdims: 1 });
      return graph.node('Add', [convolution(0)(graph, picture), mean], 'sum');
    },
    false,
    false,
  ],
  [
    'channels apart',
    (graph, picture) => {
      const kernel = graph.tensor('k', [3, 1, 3, 3], random(27));
      return graph.node('Conv', [picture, kernel], 'conv', { group: 3, kernel_shape: [3, 3] });
    },
    false,
    false,
  ],
];
const preparations: [name: string, preprocessing: Pick<Preprocessing, 'colour' | 'mean' | 'deviation'>][] = [
  ['RGB, 0 to 1', { colour: 'RGB', ...UNIT }],
  ['BGR, 0 to 255', { colour: 'BGR', ...BYTES }],
  ['RGB by ImageNet', { colour: 'RGB', ...IMAGENET }],
  ['BGR, three means and deviations', { colour: 'BGR', mean: [103.5, 116, 124], deviation: [57, 58, 59] }],
];
const layouts: [name: string, shape: Partial<Picture>][] = [
  ['NCHW', {}],
  ['NHWC', { layout: 'NHWC' }],
  ['without batch', { batch: false }],
];

function network(build: Build, { layout, batch }: Pick<Picture, 'layout' | 'batch'>): OnnxProgram {
  const graph = OnnxGraph.of({ inputs: [], nodes: [], constants: new Map(), outputs: [], opset: 11 });
  const dims = layout === 'NCHW' ? [3, SIZE.height, SIZE.width] : [SIZE.height, SIZE.width, 3];
  let picture = graph.input('images', 'float32', batch ? [1, ...dims] : dims);
  if (!batch) picture = graph.node('Reshape', [picture, graph.integers('batch', [1, ...dims])], 'with_batch');
  if (layout === 'NHWC') picture = graph.node('Transpose', [picture], 'planar', { perm: [0, 3, 1, 2] });
  graph.addOutput({ name: 'result', value: build(graph, picture), dims: [], unranked: true });
  return graph.program;
}

/** By hand: the channel that the file has there, less the mean, by the deviation. */
function prepared({ colour, mean, deviation, layout }: Preprocessing): Float32Array {
  return Float32Array.from({ length: 3 * CELLS }, (_, at) => {
    const [channel, cell] =
      layout === 'NCHW' ? [Math.floor(at / CELLS), at % CELLS] : [at % 3, Math.floor(at / 3)];
    const ours = colour === 'RGB' ? channel : 2 - channel;
    return (pixels[ours * CELLS + cell]! - mean[channel]!) / deviation[channel]!;
  });
}

const run = async (program: OnnxProgram, name: string, type: string, data: Float32Array | Uint8Array) => {
  const dims = program.inputs[0]!.dims;
  const outputs = await runOnce(encodeOnnx(program, 'test'), new Map([[name, { type, dims, data }]]));
  return outputs.get('result')!.data as Float32Array;
};

describe.each(layouts)('%s', (_layout, shape) => {
  describe.each(preparations)('%s', (_name, preparation) => {
    test.each(networks)('%s', async (_network, build, folds, takesMean) => {
      const picture: Picture = {
        ...{ name: 'images', layout: 'NCHW', type: 'float32', batch: true, ...SIZE },
        ...shape,
      };
      const preprocessing: Preprocessing = { layout: picture.layout, type: 'float32', ...preparation };
      const program = network(build, picture);
      const folded = takeBytes(program, picture, preprocessing);
      const wanted = await run(program, 'images', 'float32', prepared(preprocessing));
      const given = await run(folded, 'pixels', 'uint8', pixels);
      expect(given.length).toBe(wanted.length);
      const scale = Math.max(1, ...wanted.map(Math.abs));
      for (const [at, value] of given.entries())
        expect(Math.abs(value - wanted[at]!) / scale).toBeLessThan(1e-4);
      if (shape.layout || shape.batch === false) return;
      // Only what a convolution cannot do for itself is a node.
      const hasMean = preparation.mean.some((value) => value !== 0);
      const operators = folded.nodes.map(({ opType }) => opType);
      expect(operators.includes('Gather')).toBe(!folds && preparation.colour === 'BGR');
      expect(operators.includes('Div')).toBe(!folds && preparation.deviation[0] !== 1);
      expect(operators.includes('Sub')).toBe(hasMean && !takesMean);
    });
  });
});

test('bytes as the file takes them stay bytes', async () => {
  const graph = OnnxGraph.of({ inputs: [], nodes: [], constants: new Map(), outputs: [], opset: 13 });
  graph.input('image_tensor', 'uint8', [1, SIZE.height, SIZE.width, 3]);
  graph.addOutput({
    ...{ name: 'result', dims: [1, SIZE.height, SIZE.width, 3] },
    value: graph.node('Cast', ['image_tensor'], 'picture', { to: 1 }),
  });
  const folded = takeBytes(
    graph.program,
    { name: 'image_tensor', layout: 'NHWC', type: 'uint8', batch: true, ...SIZE },
    { layout: 'NHWC', type: 'uint8', colour: 'BGR', ...BYTES },
  );
  const preprocessing: Preprocessing = { layout: 'NHWC', type: 'uint8', colour: 'BGR', ...BYTES };
  expect(await run(folded, 'pixels', 'uint8', pixels)).toEqual(prepared(preprocessing));
});

test.each<[string, Build, boolean]>([
  ['at once', (graph, picture) => graph.node('Div', [picture, graph.scalar(255)], 'y'), true],
  [
    'in another layout',
    (graph, picture) =>
      graph.node(
        'Mul',
        [
          graph.node('Transpose', [picture], 'nchw', { perm: [0, 3, 1, 2] }),
          graph.tensor('by', [], Float32Array.of(1 / 255)),
        ],
        'y',
      ),
    true,
  ],
  [
    'after a convolution',
    (graph, picture) => graph.node('Div', [convolution(0)(graph, picture), graph.scalar(255)], 'y'),
    false,
  ],
])('a file that divides by 255 itself: %s', (_name, build, scales) => {
  const graph = OnnxGraph.of({ inputs: [], nodes: [], constants: new Map(), outputs: [], opset: 13 });
  build(graph, graph.input('images', 'float32', [1, SIZE.height, SIZE.width, 3]));
  expect(scalesItself(graph.program, 'images')).toBe(scales);
});
