// Messages -> lines and back, whatever is in them; lines that are no messages -> one clear error.

import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  countIn,
  lineOf,
  messageOf,
  slotLayout,
  type TensorShape,
  tensorsIn,
  tensorsText,
  textIn,
} from '../../../../models/runtime/engines/protocol.js';
import { random } from '../../../support/small-networks.js';

const understood = (line: string) => messageOf(line.slice(0, -1));

test('a line as the documentation has it', () => {
  expect(lineOf('infer', { frame: 17, slot: 1 })).toBe('infer frame=17 slot=1\n');
  const message = understood('ready device=CPU precision=bf16\n');
  expect(message.kind).toBe('ready');
  expect(textIn(message, 'device')).toBe('CPU');
  expect(countIn(messageOf('done frame=17 us=7300'), 'us')).toBe(7300);
});

test('any text comes back as it was', () => {
  const draw = random(7);
  const texts = ['', ' ', '=', '%', '%20', 'a b=c', 'line\nline', '\0', 'Straße', '猫', 'a'.repeat(3000)];
  for (let n = 0; n < 500; n++)
    texts.push(
      String.fromCodePoint(
        ...Array.from({ length: 1 + Math.floor(20 * draw()) }, () => Math.floor(0xd7ff * draw())),
      ),
    );
  for (const text of texts) {
    const line = lineOf('failed', { message: text });
    expect(line.trimEnd()).toMatch(/^[ -~]+$/);
    expect(textIn(understood(line), 'message')).toBe(text);
  }
});

test('tensors come back as they were, whatever their names', () => {
  const tensors: TensorShape[] = [
    { name: 'images', type: 'u8', dims: [1, 3, 416, 416] },
    { name: 'a:b,c=d%3a e', type: 'f32', dims: [1, 255, 13, 13] },
    { name: 'labels', type: 'i64', dims: [7] },
  ];
  const line = lineOf('ready', { outputs: tensorsText(tensors) });
  expect(line).toContain('images:u8:1x3x416x416,');
  expect(tensorsIn(understood(line), 'outputs')).toEqual(tensors);
  expect(tensors.map(bytesOf)).toEqual([519_168, 172_380, 56]);
});

test('tensors of a slot begin at multiples of 256 bytes, slots at whole pages', () => {
  const bytes = (length: number): TensorShape => ({ name: 'x', type: 'u8', dims: [length] });
  expect(slotLayout([bytes(1), bytes(256), bytes(257), bytes(3)])).toEqual({
    offsets: [0, 256, 512, 1024],
    bytes: 4096,
  });
  expect(slotLayout([bytes(4096), bytes(1)])).toEqual({ offsets: [0, 4096], bytes: 8192 });
});

describe('what is no message', () => {
  test.each([
    '',
    ' ',
    'Ready',
    'ready  device=CPU',
    'ready device',
    'ready =CPU',
    'ready device=a device=b',
    'ready device=%',
    'ready device=%2',
    'ready device=%zz',
    'ready device=%C3%9F',
    'ready device=%ff',
    'ready device=\t',
    'ready device=ß',
    '{"kind":"ready"}',
    '\u0000\u0001',
  ])('%j', (line) => {
    expect(() => messageOf(line)).toThrow(
      /^expected a message such as "ready key=value" for the engine, received /,
    );
  });

  test.each(['-1', '1.5', 'x', '', '1e3', '9'.repeat(16)])('a count of %j', (text) => {
    expect(() => countIn(messageOf(`done frame=${text}`), 'frame')).toThrow(
      /^expected a whole number for frame/,
    );
  });

  test.each([
    'a',
    'a:f32',
    'a:f16:1',
    'a:f32:0',
    'a:f32:1x',
    'a:f32:1x-2',
    ':f32:1',
    'a:f32:1:2',
    'a:f32:1,',
  ])('tensors %j', (text) => {
    expect(() => tensorsIn(understood(lineOf('ready', { outputs: text })), 'outputs')).toThrow(
      /^expected NAME:TYPE:SIZExSIZE for outputs/,
    );
  });
});
