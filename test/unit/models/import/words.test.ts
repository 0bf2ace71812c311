// Words that files and ONNX Runtime give -> labels, and a few words for one line.

import { describe, expect, test } from 'vitest';
import { COCO_LABELS, labelsOfLines, labelsOfMetadata } from '../../../../models/import/labels.js';
import { runtimeWords } from '../../../../models/import/runtime-words.js';
import { tensorrtNotices } from '../../../../models/import/tensorrt.js';
import type { OnnxProgram } from '../../../../models/onnx/program.js';

const names: [text: string, labels: string[] | undefined][] = [
  ["{0: 'person', 1: 'car'}", ['person', 'car']],
  ["{0: \"child's bike\", 1: 'dog, cat'}", ["child's bike", 'dog, cat']],
  ["{0: 'it\\'s', 1: 'a: b'}", ["it's", 'a: b']],
  ["['person', 'car']", ['person', 'car']],
  ['["\\u4eba", "\\ud83d\\ude97", "stra\\u00dfe"]', ['人', '🚗', 'straße']],
  ["{0: 'a\\xa0b', 1: 'c\\nd', 2: '\\U0001f697'}", ['a\u00a0b', 'c d', '🚗']],
  ['{"0": "person", "1": "car"}', ['person', 'car']],
  ["{0: 'a\u001b[31mb'}", ['a [31mb']],
  ["{0: 'person', 2: 'car'}", undefined],
  ["{1: 'person', 2: 'car'}", undefined],
  ['{}', undefined],
  ['person', undefined],
];

describe('names of metadata', () => {
  test.each(names)('%j', (text, labels) => {
    expect(labelsOfMetadata(new Map([['names', text]]))).toEqual(labels);
  });

  test('none', () => {
    expect(labelsOfMetadata(new Map())).toBeUndefined();
  });
});

test('lines of a file of names', () => {
  expect(labelsOfLines('person\r\n car \n\ntruck')).toEqual(['person', 'car', 'truck']);
});

test('the names of COCO', () => {
  expect([COCO_LABELS.length, new Set(COCO_LABELS).size]).toEqual([80, 80]);
  expect([COCO_LABELS[2], COCO_LABELS[7], COCO_LABELS[79]]).toEqual(['car', 'truck', 'toothbrush']);
});

const messages: [message: string, words: string][] = [
  [
    'Load model failed:Fatal error: TRT:EfficientNMS_TRT(-1) is not a registered function/op',
    'operator TRT:EfficientNMS_TRT, which ONNX Runtime does not have',
  ],
  [
    'This is an invalid model. In Node, ("y", Foo, "", -1) : ("c": tensor(float),) -> ("y",) , Error No Op registered for Foo with domain_version of 13',
    'operator Foo of opset 13, which ONNX Runtime does not have',
  ],
  [
    "Could not find an implementation for ConvInteger(10) node with name 'c'",
    'operator ConvInteger of opset 10, which ONNX Runtime does not have',
  ],
  [
    'ONNX Runtime only *guarantees* support for models stamped with official released onnx opset versions. Opset 99 is under development. Current official support for domain ai.onnx is till opset 26.',
    'an opset newer than 26, the newest that ONNX Runtime knows',
  ],
  [
    "[ONNXRuntimeError] : 1 : FAIL : Non-zero status code returned while running Gather node.\nName:'y'",
    "Non-zero status code returned while running Gather node. Name:'y'",
  ],
];

describe('of ONNX Runtime', () => {
  test.each(messages)('%s', (message, words) => {
    expect(runtimeWords(message)).toBe(words);
  });

  test('a long one is cut', () => {
    expect(runtimeWords('a '.repeat(1000)).length).toBeLessThan(250);
  });
});

const program = (opset: number, ...operators: string[]): OnnxProgram => ({
  ...{ inputs: [], constants: new Map(), outputs: [], opset },
  nodes: operators.map((opType, i) => ({ opType, inputs: [], output: `${i}`, attributes: {} })),
});

test.each<[number, string[], string[]]>([
  [13, ['Conv', 'Relu'], []],
  [17, ['Conv'], ['TensorRT 8.2 would not take opset 17 (it takes 13 or lower)']],
  [11, ['Mod', 'GridSample', 'Mod'], ['TensorRT 8.2 would not take GridSample, Mod']],
  [13, ['NonMaxSuppression'], ['TensorRT 8.2 would not take NonMaxSuppression (experimental there)']],
])('TensorRT: opset %d, %j', (opset, operators, notices) => {
  expect(tensorrtNotices(program(opset, ...operators))).toEqual(notices);
});
