// Questions and what a page says to them -> answers that they have, or none.

import { expect, test } from 'vitest';
import { answerText, answerTo, readMessage } from '../../../agent/setup/page/answer.js';
import type { Question } from '../../../agent/setup/question.js';

const choices = [
  { value: 'a', label: 'the first' },
  { value: 'b', label: 'the second' },
];
const one: Question = { kind: 'choose', id: 'one', message: 'Which?', choices, usual: 'a' };
const many: Question = { kind: 'choose-many', id: 'many', message: 'Which?', choices, usual: ['a'] };
const text: Question = { kind: 'text', id: 'text', message: 'Who?', usual: 'admin' };
const password: Question = { kind: 'password', id: 'password', message: 'Password' };

test.each<[Question, string | string[], string | string[] | undefined]>([
  [one, 'b', 'b'],
  [one, 'c', undefined],
  [one, ['b'], undefined],
  [many, ['b', 'a'], ['a', 'b']],
  [many, [], undefined],
  [many, ['a', 'c'], undefined],
  [many, 'ab', undefined],
  [text, '  ', 'admin'],
  [text, ' porch ', 'porch'],
  [text, ['porch'], undefined],
  [password, ' as typed ', ' as typed '],
  [password, '', ''],
])('to $kind, %j is %j', (question, given, answer) => {
  expect(answerTo(question, given)).toEqual(answer);
});

test.each<[Question, string | string[], string]>([
  [one, 'b', 'the second'],
  [many, ['a', 'b'], 'the first, the second'],
  [text, 'porch', 'porch'],
  [password, 'of any length', 'typed, not shown'],
  [password, '', 'none'],
])('of $kind, %j is shown as %j', (question, answer, shown) => {
  expect(answerText(question, answer)).toBe(shown);
});

test.each([
  '',
  '[]',
  '{"number":1}',
  '{"number":"1","answer":"a"}',
  '{"number":1,"answer":[1]}',
  '{"number":1,"answer":"a","more":1}',
])('%j is no message', (said) => {
  expect(readMessage(said)).toBeUndefined();
});
