// Bytes of ONNX models, written by protobuf's own encoder -> programs, and one clear line for what is no model.

import { describe, expect, test } from 'vitest';
import { encodeOnnx } from '../../../../models/onnx/encode.js';
import { OnnxGraph } from '../../../../models/onnx/onnx-graph.js';
import { encodeModel } from '../../../../models/onnx/protobuf.js';
import { readOnnx } from '../../../../models/onnx/read.js';
import { dropUnused } from '../../../../models/passes/drop-unused.js';

const FLOAT = 1;
const tensor = (name: string, elemType: number, ...dims: (number | string)[]) => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: { dim: dims.map((dim) => (typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim })) },
    },
  },
});
const node = (opType: string, input: string[], output: string[], more: object = {}) => ({
  opType,
  input,
  output,
  ...more,
});
/** A picture through one Relu, but for what a case says. */
const model = (graph: object = {}, more: object = {}) => ({
  irVersion: 8,
  opsetImport: [{ domain: '', version: 17 }],
  graph: {
    name: 'g',
    input: [tensor('x', FLOAT, 1, 2)],
    node: [node('Relu', ['x'], ['y'])],
    output: [tensor('y', FLOAT, 1, 2)],
    ...graph,
  },
  ...more,
});
const read = (message: object) => readOnnx(encodeModel(message));
const constant = (fields: object) => {
  const { program } = read(model({ initializer: [{ name: 'c', ...fields }] }));
  return program.constants.get('c')!;
};
const bytes = (values: ArrayBufferView) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

test('inputs, nodes, outputs and what the file says of itself', () => {
  const { program, producer, metadata } = read(
    model(
      { input: [tensor('x', FLOAT, 'batch', 2)], output: [tensor('y', 10, 1, 2)] },
      {
        producerName: 'us',
        producerVersion: '2',
        metadataProps: [{ key: 'task', value: 'detect' }],
        opsetImport: [
          { domain: 'ai.onnx', version: 17 },
          { domain: 'com.us', version: 3 },
        ],
      },
    ),
  );
  expect(program).toMatchObject({
    inputs: [{ name: 'x', type: 'float32', dims: [-1, 2], dimNames: ['batch', ''] }],
    nodes: [{ opType: 'Relu', inputs: ['x'], output: 'y', attributes: {} }],
    outputs: [{ name: 'y', value: 'y', type: 'float16', dims: [1, 2] }],
    opset: 17,
    furtherOpsets: new Map([['com.us', 3]]),
  });
  expect([producer, [...metadata]]).toEqual(['us 2', [['task', 'detect']]]);
});

const constants: [name: string, fields: object, values: unknown, type?: string][] = [
  [
    'floats, raw',
    { dims: [2], dataType: 1, rawData: bytes(Float32Array.of(1.5, -2)) },
    Float32Array.of(1.5, -2),
  ],
  ['floats, listed', { dims: [1, 2], dataType: 1, floatData: [1.5, -2] }, Float32Array.of(1.5, -2)],
  ['a scalar', { dims: [], dataType: 1, floatData: [3] }, Float32Array.of(3)],
  ['none at all', { dims: [0], dataType: 1 }, Float32Array.of()],
  ['bytes, listed', { dims: [2], dataType: 2, int32Data: [0, 255] }, Uint8Array.of(0, 255)],
  ['signed bytes', { dims: [2], dataType: 3, int32Data: [-1, 127] }, Int8Array.of(-1, 127)],
  ['16 bits', { dims: [1], dataType: 4, int32Data: [65535] }, Uint16Array.of(65535)],
  ['16 bits with a sign', { dims: [1], dataType: 5, int32Data: [-3] }, Int16Array.of(-3)],
  ['32 bits', { dims: [1], dataType: 6, int32Data: [-7] }, Int32Array.of(-7)],
  [
    '64 bits, exactly',
    { dims: [1], dataType: 7, int64Data: [{ low: -1, high: 0x7fffffff }] },
    BigInt64Array.of(2n ** 63n - 1n),
  ],
  ['64 bits, below zero', { dims: [1], dataType: 7, int64Data: [-1] }, BigInt64Array.of(-1n)],
  ['truth', { dims: [2], dataType: 9, int32Data: [1, 0] }, Uint8Array.of(1, 0), 'bool'],
  ['halves, as bits', { dims: [1], dataType: 10, int32Data: [0x3c00] }, Uint16Array.of(0x3c00), 'float16'],
  ['doubles', { dims: [1], dataType: 11, doubleData: [0.1] }, Float64Array.of(0.1)],
  ['32 bits without a sign', { dims: [1], dataType: 12, uint64Data: [4e9] }, Uint32Array.of(4e9)],
  [
    '64 bits without a sign',
    { dims: [1], dataType: 13, rawData: bytes(BigUint64Array.of(2n ** 64n - 1n)) },
    BigUint64Array.of(2n ** 64n - 1n),
  ],
  [
    'brain floats, as bits',
    { dims: [1], dataType: 16, rawData: Uint8Array.of(0x80, 0x3f) },
    Uint16Array.of(0x3f80),
    'bfloat16',
  ],
];

describe('constants', () => {
  test.each(constants)('%s', (_name, fields, values, type) => {
    expect(constant(fields)).toEqual({
      dims: (fields as { dims: number[] }).dims,
      values,
      ...(type && { type }),
    });
  });
});

test('Constant nodes are constants, inputs with a value as well', () => {
  const value = { dims: [2], dataType: 1, floatData: [1, 2] };
  const { program } = read(
    model({
      input: [tensor('x', FLOAT, 1, 2), tensor('w', FLOAT, 2)],
      initializer: [{ name: 'w', ...value }],
      node: [
        node('Constant', [], ['a'], { attribute: [{ name: 'value', type: 4, t: value }] }),
        node('Constant', [], ['b'], { attribute: [{ name: 'value_ints', type: 7, ints: [3, -4] }] }),
        node('Constant', [], ['c'], { attribute: [{ name: 'value_float', type: 1, f: 0.5 }] }),
        node('Add', ['x', 'a'], ['y']),
      ],
    }),
  );
  expect(program.inputs.map(({ name }) => name)).toEqual(['x']);
  expect(program.nodes.map(({ opType }) => opType)).toEqual(['Add']);
  expect(program.constants).toEqual(
    new Map<string, unknown>([
      ['w', { dims: [2], values: Float32Array.of(1, 2) }],
      ['a', { dims: [2], values: Float32Array.of(1, 2) }],
      ['b', { dims: [2], values: BigInt64Array.of(3n, -4n) }],
      ['c', { dims: [], values: Float32Array.of(0.5) }],
    ]),
  );
});

test('nodes in another order are put in theirs', () => {
  const chain = [node('Relu', ['b'], ['y']), node('Neg', ['x'], ['a']), node('Abs', ['a'], ['b'])];
  expect(read(model({ node: chain })).program.nodes.map(({ opType }) => opType)).toEqual([
    'Neg',
    'Abs',
    'Relu',
  ]);
});

const branch = (value: string) => ({
  name: value,
  node: [node('Add', ['x', value], [`${value}_sum`])],
  output: [tensor(`${value}_sum`, FLOAT, 1, 2)],
});
/** All that a node can have. */
const rich = model(
  {
    input: [tensor('x', FLOAT, 'n', 2), tensor('which', 9)],
    node: [
      node('Split', ['x'], ['left', '', 'right'], { attribute: [{ name: 'axis', type: 2, i: -1 }] }),
      node('Ours', ['', 'left'], ['o'], {
        domain: 'com.us',
        attribute: [
          { name: 'scales', type: 6, floats: [0.5, 2] },
          { name: 'to', type: 7, ints: [{ low: -1, high: 0x7fffffff }, 3] },
          { name: 'large', type: 2, i: { low: 5, high: 0x40000000 } },
          { name: 'alpha', type: 1, f: 0.25 },
          { name: 'ratio', type: 1, f: 2 },
          { name: 'mode', type: 3, s: new TextEncoder().encode('größer') },
          { name: 'bits', type: 3, s: Uint8Array.of(255, 254) },
          { name: 'names', type: 8, strings: [Uint8Array.of(97)] },
          { name: 'table', type: 4, t: { dims: [1], dataType: 1, floatData: [9] } },
        ],
      }),
      node('If', ['which'], ['y'], {
        attribute: [
          { name: 'then_branch', type: 5, g: branch('o') },
          { name: 'else_branch', type: 5, g: branch('right') },
        ],
      }),
    ],
    initializer: [{ name: 'half', dims: [1], dataType: 10, int32Data: [0x3c00] }],
    output: [tensor('y', FLOAT, 'n', 2), { name: 'left', type: { tensorType: { elemType: FLOAT } } }],
    valueInfo: [tensor('o', FLOAT, 1, 2)],
  },
  {
    opsetImport: [{ version: 19 }, { domain: 'com.us', version: 2 }],
    functions: [{ name: 'Ours', domain: 'com.us', input: ['a', 'b'], output: ['b'] }],
  },
);

test('what is read and written again is the same', () => {
  const first = read(rich).program;
  expect(first.nodes.map(({ captured }) => captured)).toEqual([undefined, undefined, ['x', 'o', 'right']]);
  expect(first.nodes[0]!.furtherOutputs).toEqual(['', 'right']);
  expect(first.nodes[1]!.attributes).toMatchObject({ to: [2 ** 63, 3], alpha: 0.25, mode: 'größer' });
  const again = readOnnx(encodeOnnx(first, 'again')).program;
  expect(again).toEqual(first);
  // 0x40000000 00000005 is no number of JavaScript.
  expect(JSON.stringify(again.nodes[1]!.attributes.large)).toContain('"low":5,"high":1073741824');
});

test('passes keep all of it; what only a subgraph reads is used', () => {
  const { program } = read(rich);
  expect(OnnxGraph.of(dropUnused(program)).program).toEqual({
    ...program,
    constants: new Map(),
    valueTypes: undefined,
  });
});

test('a program of ours comes back as it was, names of outputs too', () => {
  const graph = new OnnxGraph();
  graph.input('pixels', 'uint8', [1, 3, 4, 4]);
  graph.node('Cast', ['pixels'], 'picture', { to: 1 });
  graph.node('Mul', ['picture', graph.scalar(0.5)], 'half');
  graph.output('half', 'yolo_1', [1, 3, 4, 4]);
  const { opset, valueTypes, ...same } = readOnnx(encodeOnnx(graph.program, 'ours')).program;
  expect([opset, valueTypes?.get('yolo_1')]).toEqual([13, { type: 'float32', dims: [1, 3, 4, 4] }]);
  expect(same).toEqual(graph.program);
});

const whole = encodeModel(model());
const wrong = (graph: object, more: object = {}) => encodeModel(model(graph, more));
const weights = (fields: object) => wrong({ initializer: [{ name: 'w', ...fields }] });
const refused: [name: string, file: Uint8Array, line: RegExp][] = [
  ['no bytes', new Uint8Array(), /received no bytes$/],
  ['a text', new TextEncoder().encode('<!DOCTYPE html>'), /expected an ONNX model/],
  ['cut in the graph', whole.subarray(0, 20), /received one that is cut off, or no ONNX$/],
  ['cut after the graph', whole.subarray(0, whole.length - 6), /\(opset\).*cut off/],
  ['no graph', encodeModel({ irVersion: 8 }), /expected an ONNX model with a graph/],
  [
    'data beside',
    weights({
      dims: [1],
      dataType: 1,
      dataLocation: 1,
      externalData: [{ key: 'location', value: '../w.bin' }],
    }),
    /one file .* constant w, received data in \.\.\/w\.bin$/,
  ],
  [
    'too few bytes',
    weights({ dims: [3], dataType: 1, rawData: new Uint8Array(8) }),
    /^expected 12 bytes of float32 \(3\) for constant w, received 8$/,
  ],
  ['too few values', weights({ dims: [3], dataType: 7, int64Data: [1] }), /expected 3 values of int64 \(3\)/],
  [
    'a billion of elements',
    weights({ dims: [1e3, 1e6], dataType: 1 }),
    /expected at most 100000000 elements .* 1000 x 1000000 = 1000000000$/,
  ],
  ['lengths that overflow', weights({ dims: [2 ** 40, 2 ** 40], dataType: 1 }), /at most 100000000 elements/],
  [
    'a length below zero',
    weights({ dims: [-3], dataType: 1 }),
    /lengths of 0 and more for constant w, received -3/,
  ],
  [
    'text as weights',
    weights({ dims: [1], dataType: 8, stringData: [Uint8Array.of(97)] }),
    /plain element type .* received string/,
  ],
  [
    'floats of 8 bits',
    weights({ dims: [1], dataType: 17, rawData: new Uint8Array(1) }),
    /plain element type .* data type 17/,
  ],
  [
    'a name twice',
    wrong({ node: [node('Relu', ['x'], ['y']), node('Neg', ['x'], ['y'])] }),
    /names of their own for node Neg y, received y a second time/,
  ],
  ['an output twice', wrong({ output: [tensor('y', 1, 1), tensor('y', 1, 1)] }), /y twice/],
  ['a missing input', wrong({ node: [node('Relu', ['z'], ['y'])] }), /for node Relu y, received z$/],
  [
    'a circle',
    wrong({ node: [node('Add', ['x', 'y'], ['a']), node('Relu', ['a'], ['y'])] }),
    /without circles for node Add a/,
  ],
  [
    'an output that nothing gives',
    wrong({ output: [tensor('z', 1, 1)] }),
    /outputs that a node gives for the graph, received z/,
  ],
  [
    'a sequence as input',
    wrong({ input: [{ name: 'x', type: { sequenceType: {} } }] }),
    /a tensor for input x/,
  ],
  ['an input below zero', wrong({ input: [tensor('x', 1, -2)] }), /lengths of 0 and more for input x/],
  ['sparse weights', wrong({ sparseInitializer: [{ dims: [4] }] }), /plain constants/],
  ['no operator', wrong({ node: [node('', ['x'], ['y'])] }), /a node with an operator for node y/],
  ['subgraphs in subgraphs', nested(60), /received no ONNX: .*depth/],
];

/** An If in an If, and so on, deeper than the encoder writes: graph { node { attribute { g { node ... */
function nested(levels: number): Uint8Array {
  const fieldsOfLevel = [1, 5, 6];
  let inner: number[] = [];
  for (let i = 0; i < 3 * levels; i++) {
    const length = [(inner.length & 127) | 128, ((inner.length >> 7) & 127) | 128, inner.length >> 14];
    inner = [(fieldsOfLevel[2 - (i % 3)]! << 3) | 2, ...length, ...inner];
  }
  return Uint8Array.from([(7 << 3) | 2, (inner.length & 127) | 128, inner.length >> 7, ...inner]);
}

describe('one line for', () => {
  test.each(refused)('%s', (_name, file, line) => {
    expect(() => readOnnx(file)).toThrow(line);
  });
});
