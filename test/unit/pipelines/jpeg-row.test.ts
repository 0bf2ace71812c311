// Bytes as a pipe cuts them -> whether a second picture has begun.

import { expect, test } from 'vitest';
import { JpegRow } from '../../../pipelines/jpeg-row.js';

const START = '\xff\xd8\xff';
const END = '\xff\xd9';

test.each([
  ['one picture', `${START}...${END}`, false],
  ['two', `${START}...${END}${START}`, true],
  ['two with zeros between', `${START}...${END}\0\0\0${START}`, true],
  ['two with an empty line between', `${START}...${END}\r\n${START}`, true],
  ['two with fill bytes between', `${START}...${END}\xff\xff${START}`, true],
  ['a small one within', `${START}Exif${START}..${END}\0\0JFIF..${END}`, false],
  ['a recording behind it, of a phone', `${START}...${END}\0\0\0\x18ftypmp42${START}`, false],
])('%s', (_, text, expected) => {
  const bytes = Buffer.from(text, 'latin1');
  for (let length = 1; length <= bytes.length; length++) {
    const row = new JpegRow();
    let isRow = false;
    for (let at = 0; at < bytes.length && !isRow; at += length)
      isRow = row.push(bytes.subarray(at, at + length));
    expect(isRow).toBe(expected);
  }
});
