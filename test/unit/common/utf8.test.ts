// Bytes of files as people save them -> text, or the encoding they are in.

import { expect, test } from 'vitest';
import { utf8 } from '#common/utf8.js';

const wide = (text: string, littleEndian = true) => {
  const bytes = Buffer.from(text, 'utf16le');
  return littleEndian ? bytes : bytes.swap16();
};

test.each<[string, Uint8Array, ReturnType<typeof utf8>]>([
  ['ASCII', Buffer.from('device: porch\n'), { text: 'device: porch\n' }],
  ['UTF-8', Buffer.from('a: Haust\u00fcr \u6c7d\u8f66\n'), { text: 'a: Haust\u00fcr \u6c7d\u8f66\n' }],
  ['with its mark', Buffer.from('\ufeffa: 1\n'), { text: 'a: 1\n' }],
  ['nothing', Buffer.alloc(0), { text: '' }],
  ['one letter', Buffer.from('a'), { text: 'a' }],
  ['UTF-16 of Windows', wide('\ufeffa: 1\n'), { notUtf8: 'UTF-16' }],
  ['UTF-16, the other way round', wide('\ufeffa: 1\n', false), { notUtf8: 'UTF-16' }],
  ['UTF-16 without a mark', wide('device: 1\n'), { notUtf8: 'UTF-16' }],
  ['the other way round', wide('device: 1\n', false), { notUtf8: 'UTF-16' }],
  ['UTF-32', Buffer.from('fffe0000610000003a000000', 'hex'), { notUtf8: 'UTF-32' }],
  [
    'Latin-1',
    Buffer.from('a: 1\nb: v\u00e9lo\n', 'latin1'),
    { notUtf8: 'other bytes from line 2 on (Latin-1?)' },
  ],
  [
    'cut within a character',
    Buffer.from('a: \u6c7d').subarray(0, 5),
    { notUtf8: 'other bytes from line 1 on (Latin-1?)' },
  ],
])('%s', (_what, bytes, expected) => {
  expect(utf8(bytes)).toEqual(expected);
});
