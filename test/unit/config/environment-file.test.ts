// The text of an `EnvironmentFile=` -> the variables that systemd 252 has of it, by its environment generator and its tests.

import { expect, test } from 'vitest';
import { environmentIn } from '../../../agent/config/environment-file.js';

test.each<[what: string, text: string, variables: Record<string, string>]>([
  ['plain ones', 'A=a\nB=b c\n', { A: 'a', B: 'b c' }],
  ['none', '', {}],
  ['an empty value', 'A=\nB= \nC=""\n', { A: '', B: '', C: '' }],
  ['no end of the last line', 'A=a', { A: 'a' }],
  ['ends of DOS', 'A=a\r\nB="b"\r\n', { A: 'a', B: 'b' }],
  ['white space around', ' \tA = a  b \t\nB= "b" \n', { A: 'a  b', B: 'b' }],
  ['comments and what is none', '# A=a\n ; B=b\nnonsense\n=c\n1D=d\nE-E=e\n\nF=#f\n', { F: '#f' }],
  ['the last of a name', 'A=a\nA=b\n', { A: 'b' }],
  ['backslashes', 'A=ab\\cd\nB=a\\\\b\\"\n', { A: 'abcd', B: 'a\\b"' }],
  ['a line that goes on', 'A=a\\\nb\nB="c\\\nd"\n', { A: 'ab', B: 'cd' }],
  ['a backslash at the end', 'A=a\\', { A: 'a' }],
  ['white space that is meant', 'A=a\\ \nB=\\ b\n', { A: 'a ', B: ' b' }],
  ['double quotes', String.raw`A="a\"b\\c\$d\e"`, { A: String.raw`a"b\c$d\e` }],
  ['single quotes', String.raw`A='a\"b\\c "d"'`, { A: String.raw`a\"b\\c "d"` }],
  ['pieces', `A="a" "b"\nB='a'"b"c\nC="a" b"c"\n`, { A: 'ab', B: 'abc', C: 'ab"c"' }],
  ['quotes within', `A=a"b c"\nB=it's\n`, { A: 'a"b c"', B: "it's" }],
  ['several lines', `A="a\nB=b"\nC='c\n\n'\n`, { A: 'a\nB=b', C: 'c\n\n' }],
  ['quotes without an end', 'A="a\nB=b', { A: 'a\nB=b' }],
  [
    'escapes of its own tests, plain',
    "a=\\ \\n \\t \\x \\y \\' \nb= \\$'      \n",
    { a: " n t x y '", b: "$'" },
  ],
  [
    'escapes of its own tests, quoted',
    'c= \' \\n\\t\\$\\`\\\\\n\'   \nd= " \\n\\t\\$\\`\\\\\n"   \n',
    { c: ' \\n\\t\\$\\`\\\\\n', d: ' \\n\\t$`\\\n' },
  ],
])('%s', (_, text, variables) => {
  expect(environmentIn(text)).toEqual(variables);
});
