// Questions of the first steps -> prompts on the terminal. The only owner of @clack/prompts.

import { isCancel, multiselect, password, select, text } from '@clack/prompts';
import { interruption } from '#common/condition.js';
import type { Front, Told } from '../../setup/front.js';
import type { AnswerTo, Question } from '../../setup/question.js';
import type { Narrator } from './narrator.js';

/** Results go to standard output; what is asked is none. */
const output = process.stderr;

/** Colours by NO_COLOR and TERM, and nothing is told by them alone. */
export class TerminalFront implements Front {
  readonly isAsking = true;
  /** Questions that were answered. */
  asked = 0;
  readonly #narrator: Narrator;

  constructor(narrator: Narrator) {
    this.#narrator = narrator;
  }

  tell(told: Told): void {
    this.#narrator.tell(told);
  }

  async ask<One extends Question>(question: One, signal: AbortSignal): Promise<AnswerTo[One['kind']]> {
    signal.throwIfAborted();
    this.#narrator.clear();
    const answer = await prompt(question, signal);
    if (isCancel(answer)) return interrupted(signal);
    this.asked++;
    return answer as AnswerTo[One['kind']];
  }
}

async function interrupted(signal: AbortSignal): Promise<never> {
  // The terminal is in raw mode and sends no signal itself.
  if (!signal.aborted) process.kill(process.pid, 'SIGINT');
  // Nothing else keeps the process until it has come.
  const awake = setInterval(() => {}, 1000);
  try {
    return await interruption(signal);
  } finally {
    clearInterval(awake);
  }
}

async function prompt(question: Question, signal: AbortSignal): Promise<unknown> {
  const { message } = question;
  const common = { message, signal, output };
  switch (question.kind) {
    case 'choose':
      return select({ ...common, options: [...question.choices], initialValue: question.usual });
    case 'choose-many':
      return multiselect({
        ...common,
        options: question.choices,
        initialValues: question.usual,
        required: true,
      });
    case 'text': {
      const { usual } = question;
      return text({ ...common, message: `${message} [${usual}]`, defaultValue: usual });
    }
    case 'password': {
      return (await password(common)) ?? '';
    }
  }
}
