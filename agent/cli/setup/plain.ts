// Questions of the first steps -> numbered lines, one after the other: for readers of screens and terminals that draw nothing.

import type { Choice, Question } from '../../setup/question.js';
import { typedLine } from '../typed-line.js';

export async function plainPrompt(question: Question, signal: AbortSignal): Promise<unknown> {
  const { message } = question;
  switch (question.kind) {
    case 'choose':
      return (await chosen(question, [question.usual], signal))[0];
    case 'choose-many':
      return chosen(question, question.usual, signal);
    case 'text':
      return (await typedLine(`${message} [${question.usual}]: `, signal)).trim() || question.usual;
    case 'password':
      return typedLine(`${message}: `, signal, true);
  }
}

/** Again until it is one of the numbers; of several, with commas or spaces between them. */
async function chosen(
  { message, kind, choices }: Question & { readonly choices: readonly Choice[] },
  usual: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const lines = choices.map(({ label }, i) => `  ${i + 1}  ${label}\n`);
  const numbers = usual.map((value) => choices.findIndex((choice) => choice.value === value) + 1);
  const [one, most] = kind === 'choose' ? ['Number', 1] : ['Numbers', choices.length];
  process.stderr.write(`${message}\n${lines.join('')}`);
  for (;;) {
    const line = (await typedLine(`${one} [${numbers.join(', ')}]: `, signal)).trim();
    if (line === '') return usual;
    const values = line.split(/[\s,]+/).map((number) => choices[Number(number) - 1]?.value);
    if (values.every((value) => value !== undefined) && values.length <= most) return [...new Set(values)];
    process.stderr.write(`expected ${one.toLowerCase()} from 1 to ${choices.length}\n`);
  }
}
