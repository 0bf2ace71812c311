// What a page says to a question -> an answer that the question has, and how it is shown afterwards. Pure.

import { z } from 'zod';
import type { Question } from '../question.js';
import type { ClientMessage } from './protocol.js';

const MESSAGE = z.strictObject({
  number: z.int(),
  answer: z.union([z.string(), z.array(z.string())]),
});

/** @returns nothing for what no page of ours says */
export function readMessage(text: string): ClientMessage | undefined {
  try {
    return MESSAGE.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** @returns nothing where the question has no such answer */
export function answerTo(
  question: Question,
  given: ClientMessage['answer'],
): string | readonly string[] | undefined {
  switch (question.kind) {
    case 'choose':
      return question.choices.find(({ value }) => value === given)?.value;
    case 'choose-many': {
      const chosen = question.choices.map(({ value }) => value).filter((value) => given.includes(value));
      const isAll = Array.isArray(given) && given.length > 0 && new Set(given).size === chosen.length;
      return isAll ? chosen : undefined;
    }
    case 'text':
      return typeof given === 'string' ? given.trim() || question.usual : undefined;
    case 'password':
      return typeof given === 'string' ? given : undefined;
  }
}

/** As the question shows it; of a password not even its length. */
export function answerText(question: Question, answer: string | readonly string[]): string {
  switch (question.kind) {
    case 'choose':
    case 'choose-many':
      return question.choices
        .filter(({ value }) => (typeof answer === 'string' ? value === answer : answer.includes(value)))
        .map(({ label }) => label)
        .join(', ');
    case 'text':
      return String(answer);
    case 'password':
      return answer === '' ? 'none' : 'typed, not shown';
  }
}
