// What the first steps and their page say to each other: JSON, one object a message. Types alone, for both sides.

import type { Question } from '../question.js';

/** `good` is what works, `remedy` what to do about the problem before it. */
export type Tone = 'title' | 'detail' | 'good' | 'problem' | 'remedy';

/** One line for people, without secrets. */
export interface Words {
  readonly tone: Tone;
  readonly text: string;
}

export type Entry =
  | Words
  /** Of a password it says that there was one. */
  | {
      readonly tone: 'answer';
      /** Of the question. */
      readonly id: string;
      readonly question: string;
      readonly text: string;
    };

export interface Outcome {
  /** `running` with something detected, or after a while without. */
  readonly kind: 'running' | 'written' | 'nothing' | 'failed';
  /** A line each. */
  readonly lines: readonly string[];
  /** Of the agent's own page, on the host that this page is on. */
  readonly port?: number | undefined;
}

export type ServerMessage =
  /** All that was told so far, to a page that has just been opened. */
  | { readonly kind: 'hello'; readonly entries: readonly Entry[] }
  | { readonly kind: 'told'; readonly entries: readonly Entry[] }
  /** What takes a while. */
  | { readonly kind: 'doing'; readonly what: string }
  | { readonly kind: 'ask'; readonly number: number; readonly question: Question }
  /** Another window has the steps now. */
  | { readonly kind: 'elsewhere' }
  /** The last message. */
  | { readonly kind: 'end'; readonly outcome: Outcome };

export interface ClientMessage {
  /** Of the question. */
  readonly number: number;
  readonly answer: string | readonly string[];
}
