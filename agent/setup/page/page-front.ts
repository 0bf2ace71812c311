// Questions of the first steps -> an open page, one at a time, which may be loaded anew in the middle; and its answers.

import { interruption } from '#common/condition.js';
import { expected } from '#common/errors.js';
import { plainText } from '#common/plain-text.js';
import { redactText } from '#common/redact.js';
import { settledWithin } from '#common/time-limit.js';
import type { PageServerOptions } from '../../page/server/page-server.js';
import type { Front, Told } from '../front.js';
import type { AnswerTo, Question } from '../question.js';
import { answerText, answerTo, readMessage } from './answer.js';
import type { ClientMessage, Entry, Outcome, ServerMessage, Words } from './protocol.js';

export type Socket = Parameters<PageServerOptions['onViewer']>[0];

export interface PageFrontOptions {
  /** In the words of the terminal. */
  readonly wordsOf: (told: Told) => readonly Words[];
  /** Is told as well, after the page. */
  readonly onTold: (told: Told) => void;
}

interface OpenQuestion {
  readonly number: number;
  readonly question: Question;
  readonly resolve: (answer: string | readonly string[]) => void;
}

/** A page that is loaded anew is back by then; browsers say 1001 of a window that is closed or goes elsewhere. */
const LEFT_MS = 8000;
const GOING_AWAY = 1001;
/** A telephone that is put away, or a network that is. */
const LOST_MS = 180_000;
const LAST_WORD_MS = 1000;
const POLICY_VIOLATION = 1008;

export class PageFront implements Front {
  readonly isAsking = true;
  /** Questions that were answered. */
  asked = 0;
  readonly #options: PageFrontOptions;
  readonly #entries: Entry[] = [];
  readonly #left = new AbortController();
  #numbers = 0;
  #open: OpenQuestion | undefined;
  #doing: string | undefined;
  #outcome: Outcome | undefined;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PageFrontOptions) {
    this.#options = options;
  }

  /** Aborts where the page has been closed and nobody opens it again. */
  get left(): AbortSignal {
    return this.#left.signal;
  }

  tell(told: Told): void {
    if (told.kind === 'doing') this.#do(redactText(plainText(told.what)));
    else this.say(this.#options.wordsOf(told));
    this.#options.onTold(told);
  }

  say(entries: readonly Entry[]): void {
    this.#entries.push(...entries);
    this.#send({ kind: 'told', entries });
  }

  async ask<One extends Question>(question: One, signal: AbortSignal): Promise<AnswerTo[One['kind']]> {
    signal.throwIfAborted();
    const number = ++this.#numbers;
    const answered = new Promise<string | readonly string[]>((resolve) => {
      this.#open = { number, question, resolve };
    });
    this.#doing = undefined;
    this.#send({ kind: 'ask', number, question });
    try {
      const answer = await Promise.race([answered, interruption(signal)]);
      this.asked++;
      return answer as AnswerTo[One['kind']];
    } finally {
      this.#open = undefined;
    }
  }

  /** Somebody who is in has opened the page: another window loses it. */
  join(socket: Socket): void {
    const before = this.#socket;
    this.#socket = socket;
    clearTimeout(this.#timer);
    if (before !== undefined) {
      before.send(JSON.stringify({ kind: 'elsewhere' } satisfies ServerMessage));
      before.close();
    }
    socket.on('message', (data) => {
      const message = readMessage(String(data));
      if (message === undefined || !this.#hear(message)) socket.close(POLICY_VIOLATION);
    });
    socket.on('close', (code) => this.#closed(socket, code));
    this.#send({ kind: 'hello', entries: this.#entries });
    if (this.#doing !== undefined) this.#send({ kind: 'doing', what: this.#doing });
    if (this.#open !== undefined) {
      const { number, question } = this.#open;
      this.#send({ kind: 'ask', number, question });
    }
  }

  /** The last word; resolves once the page has it, or has had time for it. */
  async end(outcome: Outcome): Promise<void> {
    this.#outcome = outcome;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    if (socket === undefined) return;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    this.#send({ kind: 'end', outcome });
    socket.close();
    await settledWithin(LAST_WORD_MS, closed);
  }

  /** @returns whether a page of ours may have said that */
  #hear({ number, answer: given }: ClientMessage): boolean {
    const open = this.#open;
    // It was answered before the connection was lost.
    if (open === undefined || number !== open.number) return number <= this.#numbers;
    const answer = answerTo(open.question, given);
    if (answer === undefined) return false;
    this.#open = undefined;
    const { id, message } = open.question;
    const text = redactText(plainText(answerText(open.question, answer)));
    this.say([{ tone: 'answer', id, question: message, text }]);
    open.resolve(answer);
    return true;
  }

  #do(what: string): void {
    this.#doing = what;
    this.#send({ kind: 'doing', what });
  }

  #closed(socket: Socket, code: number): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    if (this.#outcome !== undefined) return;
    const afterMs = code === GOING_AWAY ? LEFT_MS : LOST_MS;
    this.#timer = setTimeout(() => {
      this.#left.abort(expected('an open page until the end', 'cspcam setup --page', 'one that was closed'));
    }, afterMs);
  }

  #send(message: ServerMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }
}
