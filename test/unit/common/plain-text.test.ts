// Text that a camera may send -> text that a terminal shows and does not obey.

import { expect, test } from 'vitest';
import { plainText } from '#common/plain-text.js';

test.each([
  ['colours', '\u001b[31mred\u001b[0m', 'red'],
  ['a title', '\u001b]0;owned\u0007text', 'text'],
  ['a link', '\u001b]8;;http://x\u001b\\here\u001b]8;;\u001b\\', 'here'],
  ['the cursor', 'a\u001b[2J\u001b[1;1Hb', 'ab'],
  ['bare control characters', 'a\u0000b\u0007c\u009bd\re', 'a b c d e'],
  ['half a sequence', 'a\u001b', 'a '],
  ['turned around', 'exe\u202egpj', 'exe gpj'],
  ['what is meant', 'Größe 5 °C\n\tnächste 日本', 'Größe 5 °C\n\tnächste 日本'],
])('%s', (_, text, plain) => {
  expect(plainText(text)).toBe(plain);
});
