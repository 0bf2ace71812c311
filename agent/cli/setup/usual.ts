// Questions of the first steps -> their usual answers, for scripts: nothing is asked.

import { misused } from '#common/errors.js';
import type { Front, Told } from '../../setup/front.js';
import type { AnswerTo, Question } from '../../setup/question.js';

export class UsualFront implements Front {
  readonly isAsking = false;
  readonly asked = 0;
  readonly #tell: (told: Told) => void;

  constructor(tell: (told: Told) => void) {
    this.#tell = tell;
  }

  tell(told: Told): void {
    this.#tell(told);
  }

  async ask<One extends Question>(question: One, signal: AbortSignal): Promise<AnswerTo[One['kind']]> {
    signal.throwIfAborted();
    // Whoever asks for one looks first whether anybody is there.
    if (question.kind === 'password') throw misused('a password', question.id, undefined);
    return question.usual as AnswerTo[One['kind']];
  }
}
