// ONNX files that nobody should be able to import: broken, hostile, or something else than a detector. Name -> bytes.

import { encodeModel } from '../../models/onnx/protobuf.js';
import { type DetectorFile, detectorFile } from './detector-file.js';

const FLOAT = 1;
const INT64 = 7;
const STRING = 8;
const BOOL = 9;
const HALF = 10;
const DOUBLE = 11;
const BRAIN = 16;

const CELLS = 189; // of strides 8, 16 and 32 at 96 x 96
const right: DetectorFile = {
  outputs: {
    output0: { dims: [1, 7, CELLS], values: (at) => (at < 4 * CELLS ? (at % 90) + 3 : (at % 10) / 10) },
  },
  metadata: { task: 'detect', names: "{0: 'a', 1: 'b', 2: 'c'}" },
};
/** The one that is right, of which others are made. */
export const rightFile = detectorFile(right);

type Dim = number | string;
const info = (name: string, elemType: number, ...dims: Dim[]) => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: { dim: dims.map((dim) => (typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim })) },
    },
  },
});
const node = (
  opType: string,
  input: string[],
  output: string[],
  attribute: object[] = [],
  more: object = {},
) => ({
  ...{ opType, input, output, attribute },
  ...more,
});
const ints = (name: string, values: readonly number[]) => ({ name, type: 7, ints: values });
const int = (name: string, i: number) => ({ name, type: 2, i });
const graph = (name: string, nodes: object[], outputs: object[]) => ({ name, node: nodes, output: outputs });
const floats = (name: string, dims: readonly number[], value = 0.1) => ({
  ...{ name, dims, dataType: FLOAT },
  floatData: new Array(dims.reduce((product, length) => product * length, 1)).fill(value),
});
const whole = (name: string, values: readonly number[]) => ({
  ...{ name, dims: [values.length], dataType: INT64 },
  int64Data: values,
});

interface Parts {
  readonly input?: object[];
  readonly node?: object[];
  readonly initializer?: object[];
  readonly output?: object[];
  readonly [field: string]: unknown;
}
/** A convolution from a picture to (1, 7, 94, 94), but for what a case says. */
const model = (parts: Parts = {}, more: object = {}) =>
  encodeModel({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    metadataProps: [{ key: 'names', value: "['a', 'b', 'c']" }],
    graph: {
      name: 'g',
      input: [info('images', FLOAT, 1, 3, 96, 96)],
      node: [node('Conv', ['images', 'w'], ['y'])],
      initializer: [floats('w', [7, 3, 3, 3])],
      output: [{ name: 'y', type: { tensorType: { elemType: FLOAT } } }],
      ...parts,
    },
    ...more,
  });
/** What comes after the convolution. */
const after = (nodes: object[], initializer: object[] = []) =>
  model({
    node: [node('Conv', ['images', 'w'], ['c']), ...nodes],
    initializer: [floats('w', [7, 3, 3, 3]), ...initializer],
  });
const weights = (fields: object) =>
  model({ initializer: [{ name: 'w', dims: [7, 3, 3, 3], dataType: FLOAT, ...fields }] });
const external = (location: string) =>
  weights({
    dataLocation: 1,
    externalData: [
      { key: 'location', value: location },
      { key: 'length', value: '756' },
    ],
  });
const pictures = (...inputs: object[]) => model({ input: inputs });
const cut = (share: number) => rightFile.subarray(0, Math.floor(rightFile.length * share));
const random = Uint8Array.from({ length: 5000 }, (_, at) => (at * 7919 + (at % 251) * 31) % 256);
const text = (words: string) => new TextEncoder().encode(words);

/** An If in an If: as deep as the encoder goes, and with what nobody gives at the bottom. */
function nested(levels: number, bottom: string): object[] {
  let inner = node('Relu', [bottom], ['inner_0']);
  for (let level = 1; level <= levels; level++) {
    const out = `inner_${level - 1}`;
    const branch = graph(`g${level}`, [inner], [info(out, FLOAT, 1, 7, 94, 94)]);
    const other = graph(
      `h${level}`,
      [node('Relu', ['c'], [`other_${level}`])],
      [info(`other_${level}`, FLOAT, 1, 7, 94, 94)],
    );
    inner = node(
      'If',
      ['yes'],
      [`inner_${level}`],
      [
        { name: 'then_branch', type: 5, g: branch },
        { name: 'else_branch', type: 5, g: other },
      ],
    );
  }
  return [inner, node('Relu', [`inner_${levels}`], ['y'])];
}

const yes = { name: 'yes', dims: [1], dataType: BOOL, int32Data: [1] };
const BILLION = 1e9;

/** Which line each ends with, at least in part. */
export const hostileFiles: readonly [name: string, bytes: Uint8Array, line: RegExp][] = [
  ['no bytes', new Uint8Array(), /no bytes/],
  ['a page of the web', text('<!DOCTYPE html><html><body>Not found</body></html>'), /expected an ONNX model/],
  [
    'a pointer of Git LFS',
    text('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'),
    /expected an ONNX model/,
  ],
  ['a zip archive', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0), /expected an ONNX model/],
  ['random bytes', random, /expected an ONNX model/],
  ['one byte of it', rightFile.subarray(0, 1), /cut off|no ONNX/],
  ['a tenth of it', cut(0.1), /cut off|no ONNX/],
  ['half of it', cut(0.5), /cut off|no ONNX/],
  ['nine tenths of it', cut(0.9), /cut off|no ONNX/],
  ['all but a byte of it', rightFile.subarray(0, -1), /cut off|no ONNX/],
  ['two in one file', Buffer.concat([rightFile, rightFile]), /a second time/],
  [
    'bytes changed inside',
    rightFile.map((byte, at) => (at > 100 && at < 200 ? byte ^ 0x5a : byte)),
    /expected/,
  ],
  [
    'weights in a file beside',
    external('weights.bin'),
    /without external data\) for constant w, received data in weights\.bin/,
  ],
  [
    'weights in a file elsewhere',
    external('../../../../etc/passwd'),
    /received data in \.\.\/\.\.\/\.\.\/\.\.\/etc\/passwd/,
  ],
  ['a billion weights that are not there', weights({ dims: [BILLION] }), /at most 100000000 elements/],
  [
    'weights of lengths that overflow',
    weights({ dims: [2 ** 31, 2 ** 31, 2 ** 31] }),
    /at most 100000000 elements/,
  ],
  ['weights of a length below zero', weights({ dims: [-7, 3, 3, 3] }), /lengths of 0 and more/],
  ['too few bytes of weights', weights({ rawData: new Uint8Array(100) }), /expected 756 bytes of float32/],
  ['too many weights', weights({ floatData: new Array(190).fill(0) }), /expected 189 values of float32/],
  [
    'weights that are text',
    weights({ dataType: STRING, stringData: new Array(189).fill(text('a')) }),
    /plain element type/,
  ],
  [
    'weights of floats in 8 bits',
    weights({ dataType: 17, rawData: new Uint8Array(189) }),
    /plain element type/,
  ],
  [
    'weights that are integers',
    weights({ dataType: INT64, int64Data: new Array(189).fill(1) }),
    /ONNX Runtime/,
  ],
  ['weights of another shape', model({ initializer: [floats('w', [7, 5, 3, 3])] }), /ONNX Runtime/],
  [
    'weights that are NaN',
    weights({ floatData: [...new Array(188).fill(0), Number.NaN] }),
    /NaN at 188 of w/,
  ],
  ['sparse weights', model({ sparseInitializer: [{ dims: [4] }] }), /plain constants/],
  [
    'halves as weights',
    weights({ dataType: HALF, int32Data: new Array(189).fill(0x3c00) }),
    /float16 at w: export it in float32/,
  ],
  [
    'brain floats as weights',
    weights({ dataType: BRAIN, int32Data: new Array(189).fill(0x3f80) }),
    /bfloat16 at w: export it in float32/,
  ],
  [
    'a picture in halves',
    pictures(info('images', HALF, 1, 3, 96, 96)),
    /float16 at images: export it in float32/,
  ],
  [
    'halves inside',
    after([node('Cast', ['c'], ['h'], [int('to', HALF)]), node('Cast', ['h'], ['y'], [int('to', FLOAT)])]),
    /float16 at h: export it in float32/,
  ],
  ['a picture in doubles', pictures(info('images', DOUBLE, 1, 3, 96, 96)), /float32 or uint8/],
  ['text as a picture', pictures(info('images', STRING, 1, 3, 96, 96)), /float32 or uint8/],
  [
    'a sequence of pictures',
    pictures({ name: 'images', type: { sequenceType: {} } }),
    /a tensor for input images/,
  ],
  ['a picture of no length', pictures(info('images', FLOAT, 1, 3, 0, 96)), /32 to 4096 pixels/],
  ['a picture below zero', pictures(info('images', FLOAT, 1, 3, -96, 96)), /lengths of 0 and more/],
  [
    'a picture of a billion',
    pictures(info('images', FLOAT, 1, 3, 31623, 31623)),
    /at most 100000000 elements/,
  ],
  ['a picture of 4100', pictures(info('images', FLOAT, 1, 3, 4100, 4100)), /32 to 4096 pixels/],
  ['a row of numbers as a picture', pictures(info('images', FLOAT, 1, 784)), /three colours/],
  ['grey pictures', pictures(info('images', FLOAT, 1, 1, 96, 96)), /three colours/],
  ['eight pictures at once', pictures(info('images', FLOAT, 8, 3, 96, 96)), /one picture at a time/],
  [
    'two pictures',
    pictures(info('images', FLOAT, 1, 3, 96, 96), info('before', FLOAT, 1, 3, 96, 96)),
    /expected one input, a picture/,
  ],
  [
    'a picture and a text',
    pictures(info('images', FLOAT, 1, 3, 96, 96), info('prompt', INT64, 1, 77)),
    /expected one input, a picture/,
  ],
  ['no input', pictures(), /inputs that a node, a constant or the picture gives|one input/],
  [
    'a size that is open',
    pictures(info('images', FLOAT, 'batch', 3, 'height', 'width')),
    /--size, as the file leaves it open/,
  ],
  [
    'opset 7',
    model({}, { opsetImport: [{ domain: '', version: 7 }] }),
    /expected opset 11 or newer .* received opset 7: export it again, or convert it/,
  ],
  ['opset 99', model({}, { opsetImport: [{ domain: '', version: 99 }] }), /opset/],
  ['no opset', model({}, { opsetImport: [] }), /\(opset\)/],
  ['no graph', encodeModel({ irVersion: 8, opsetImport: [{ version: 13 }] }), /with a graph/],
  [
    'a graph of nothing',
    model({ node: [], output: [info('images', FLOAT, 1, 3, 96, 96)] }),
    /a graph without nodes/,
  ],
  ['a graph without outputs', model({ output: [] }), /a graph without outputs/],
  ['an output that nothing gives', model({ output: [info('z', FLOAT, 1)] }), /outputs that a node gives/],
  [
    'a circle',
    after([node('Add', ['c', 'b'], ['a']), node('Relu', ['a'], ['b']), node('Relu', ['b'], ['y'])]),
    /without circles/,
  ],
  ['a name twice', after([node('Relu', ['c'], ['y']), node('Neg', ['c'], ['y'])]), /y a second time/],
  ['an input that nothing gives', after([node('Add', ['c', 'nowhere'], ['y'])]), /received nowhere/],
  [
    'an operator that nobody has',
    after([node('Frobnicate', ['c'], ['y'])]),
    /operator Frobnicate.*, which ONNX Runtime does not have/,
  ],
  [
    'an operator of a domain that nobody has',
    model(
      {
        node: [
          node('Conv', ['images', 'w'], ['c']),
          node('EfficientNMS_TRT', ['c'], ['y'], [], { domain: 'TRT' }),
        ],
      },
      { opsetImport: [{ version: 13 }, { domain: 'TRT', version: 1 }] },
    ),
    /operator TRT[.:]+EfficientNMS_TRT.*, which ONNX Runtime does not have/,
  ],
  [
    'an attribute of another type',
    after([node('Softmax', ['c'], ['y'], [{ name: 'axis', type: 3, s: text('last') }])]),
    /ONNX Runtime/,
  ],
  [
    'an attribute of a million numbers',
    after([node('MaxPool', ['c'], ['y'], [ints('kernel_shape', new Array(1e6).fill(2))])]),
    /ONNX Runtime/,
  ],
  [
    'a name of several lines',
    after([node('Relu', ['a\nTraceback\n\u001b[31mred'], ['y'])]),
    /received a.*Traceback/,
  ],
  [
    'a constant of a billion',
    after(
      [
        node('ConstantOfShape', ['shape'], ['large']),
        node('ReduceMax', ['large'], ['most']),
        node('Add', ['c', 'most'], ['y']),
      ],
      [whole('shape', [BILLION])],
    ),
    /at most 100000000 elements for large/,
  ],
  [
    'a map spread to a billion',
    after(
      [node('GlobalAveragePool', ['c'], ['p']), node('Expand', ['p', 'shape'], ['y'])],
      [whole('shape', [1, 7, 12000, 12000])],
    ),
    /at most 100000000 elements for output y/,
  ],
  [
    'a map scaled to a billion',
    after(
      [node('Resize', ['c', '', 'scales'], ['y'])],
      [{ ...floats('scales', [4]), floatData: [1, 1, 128, 128] }],
    ),
    /at most 100000000 elements for output y/,
  ],
  [
    'a map tiled to a billion',
    after([node('Tile', ['c', 'times'], ['y'])], [whole('times', [1, 1, 128, 128])]),
    /at most 100000000 elements for output y/,
  ],
  [
    'a shape that does not fit',
    after([node('Reshape', ['c', 'shape'], ['y'])], [whole('shape', [1, 5, 17])]),
    /ONNX Runtime/,
  ],
  [
    'an index outside',
    after([node('Gather', ['c', 'at'], ['y'], [int('axis', 1)])], [whole('at', [12])]),
    /ONNX Runtime/,
  ],
  [
    'subgraphs twenty deep with nothing at the bottom',
    after(nested(20, 'nowhere'), [yes]),
    /received nowhere/,
  ],
  [
    'a function that calls itself',
    model(
      { node: [node('Again', ['images'], ['y'], [], { domain: 'us' })] },
      {
        opsetImport: [{ version: 13 }, { domain: 'us', version: 1 }],
        functions: [
          {
            name: 'Again',
            domain: 'us',
            input: ['a'],
            output: ['b'],
            node: [node('Again', ['a'], ['b'], [], { domain: 'us' })],
            opsetImport: [{ domain: 'us', version: 1 }],
          },
        ],
      },
    ),
    /expected/,
  ],
  [
    'a classifier',
    detectorFile({ ...right, outputs: { prob: { dims: [1, 1000], values: () => 0 } } }),
    /a classifier: prob \(1 x 1000\)/,
  ],
  [
    'a classifier by its metadata',
    detectorFile({ ...right, metadata: { task: 'classify' } }),
    /a classifier/,
  ],
  ['a segmenter', model(), /a segmenter: y \(1 x 7 x 94 x 94\)/],
  ['a segmenter by its metadata', detectorFile({ ...right, metadata: { task: 'segment' } }), /a segmenter/],
  ['poses', detectorFile({ ...right, metadata: { task: 'pose' } }), /poses/],
  ['turned boxes', detectorFile({ ...right, metadata: { task: 'obb' } }), /turned boxes/],
  [
    'no classes',
    detectorFile({ ...right, outputs: { output0: { dims: [1, 4, CELLS], values: (at) => at % 90 } } }),
    /a known kind of detector/,
  ],
  [
    'another number of classes',
    detectorFile({ ...right, metadata: { names: "['a', 'b']" } }),
    /expected 3 \(yolov8\) class names .* received 2/,
  ],
  [
    'no names of classes',
    detectorFile({ outputs: right.outputs }),
    /--labels with the names of its 3 classes/,
  ],
  [
    'results that are infinite',
    detectorFile({
      ...right,
      outputs: {
        output0: { dims: [1, 7, CELLS], values: (at) => (at < 4 * CELLS ? Number.POSITIVE_INFINITY : 0.5) },
      },
    }),
    /expected finite numbers for output output0/,
  ],
];
