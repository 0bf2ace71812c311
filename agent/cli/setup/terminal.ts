// Questions of the first steps -> prompts on the terminal. The only owner of @clack/prompts.

import { isCancel, multiselect, password, select, text } from '@clack/prompts';
import { interruption } from '#common/condition.js';
import type { Question } from '../../setup/question.js';

/** Results go to standard output; what is asked is none. */
const output = process.stderr;

/** Colours by NO_COLOR and TERM, and nothing is told by them alone. */
export async function terminalPrompt(question: Question, signal: AbortSignal): Promise<unknown> {
  const answer = await prompt(question, signal);
  return isCancel(answer) ? interrupted(signal) : answer;
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
