// Messages of ONNX <-> bytes, worked out by hand from onnx.proto's numbers and protobuf's wire format.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeModel, encodeModel } from '../../../../models/onnx/protobuf.js';

const text = (value: string) => [value.length, ...new TextEncoder().encode(value)];
const message = (number: number, ...bytes: number[]) => [(number << 3) | 2, bytes.length, ...bytes];
const integer = (number: number, value: number) => [number << 3, value];
const string = (number: number, value: string) => [(number << 3) | 2, ...text(value)];

const cases: [name: string, model: object, bytes: number[]][] = [
  [
    'versions; the default domain is said',
    { irVersion: 7, producerName: 'us', opsetImport: [{ domain: '', version: 13 }] },
    [...integer(1, 7), ...string(2, 'us'), ...message(8, ...string(1, ''), ...integer(2, 13))],
  ],
  [
    'a node; numbers in lists are not packed, a zero is written',
    {
      graph: {
        node: [
          {
            input: ['a', ''],
            output: ['b'],
            name: 'n',
            opType: 'Op',
            attribute: [
              { name: 'k', type: 7, ints: [3, 0] },
              { name: 'z', type: 2, i: 0 },
            ],
          },
        ],
      },
    },
    message(
      7,
      ...message(
        1,
        ...[...string(1, 'a'), ...string(1, ''), ...string(2, 'b'), ...string(3, 'n'), ...string(4, 'Op')],
        ...message(5, ...string(1, 'k'), ...integer(8, 3), ...integer(8, 0), 0xa0, 1, 7),
        ...message(5, ...string(1, 'z'), ...integer(3, 0), 0xa0, 1, 2),
      ),
    ),
  ],
  [
    'a tensor',
    { graph: { initializer: [{ dims: [2, 1], dataType: 2, name: 't', rawData: Uint8Array.of(5, 6) }] } },
    message(
      7,
      ...message(
        5,
        ...[...integer(1, 2), ...integer(1, 1), ...integer(2, 2), ...string(8, 't'), ...message(9, 5, 6)],
      ),
    ),
  ],
  [
    'an input',
    {
      graph: {
        input: [
          {
            name: 'x',
            type: { tensorType: { elemType: 2, shape: { dim: [{ dimValue: 1 }, { dimParam: 'n' }] } } },
          },
        ],
      },
    },
    message(
      7,
      ...message(
        11,
        ...string(1, 'x'),
        ...message(
          2,
          ...message(
            1,
            ...[
              ...integer(1, 2),
              ...message(2, ...message(1, ...integer(1, 1)), ...message(1, ...string(2, 'n'))),
            ],
          ),
        ),
      ),
    ),
  ],
];

describe.each(cases)('%s', (_, model, bytes) => {
  test('is written', () => {
    expect([...encodeModel(model)]).toEqual(bytes);
  });

  test('is read', () => {
    expect(decodeModel(Uint8Array.from(bytes))).toMatchObject(model);
  });
});

test('packed numbers, as others write them, are read', () => {
  const packed = message(7, ...message(5, ...message(1, 2, 3), ...integer(2, 1)));
  expect(decodeModel(Uint8Array.from(packed))).toMatchObject({ graph: { initializer: [{ dims: [2, 3] }] } });
});

test('the build has the schema beside the code that reads it', () => {
  const root = resolve(import.meta.dirname, '../../../..');
  const [source, built] = ['models', 'dist/models'].map((folder) =>
    readFileSync(resolve(root, folder, 'onnx/onnx.proto'), 'utf8'),
  );
  expect(built).toBe(source);
  expect(source).toContain('SPDX-License-Identifier: Apache-2.0');
});
