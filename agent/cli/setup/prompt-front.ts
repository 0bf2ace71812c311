// A way to put a question, and who tells findings -> a front for somebody at a terminal.

import type { Front, Told } from '../../setup/front.js';
import type { AnswerTo, Question } from '../../setup/question.js';
import type { Narrator } from './narrator.js';

/** Rejects where nobody answers any more. */
type Prompt = (question: Question, signal: AbortSignal) => Promise<unknown>;

export class PromptFront implements Front {
  readonly isAsking = true;
  /** Questions that were answered. */
  asked = 0;
  readonly #narrator: Narrator;
  readonly #prompt: Prompt;

  constructor(narrator: Narrator, prompt: Prompt) {
    this.#narrator = narrator;
    this.#prompt = prompt;
  }

  tell(told: Told): void {
    this.#narrator.tell(told);
  }

  async ask<One extends Question>(question: One, signal: AbortSignal): Promise<AnswerTo[One['kind']]> {
    signal.throwIfAborted();
    this.#narrator.clear();
    const answer = await this.#prompt(question, signal);
    this.asked++;
    return answer as AnswerTo[One['kind']];
  }
}
