// What the first steps tell, and who asks and tells: a terminal, a page or a script. Types alone.

import type { Finding } from '../doctor/finding.js';
import type { FoundBroker } from './find-brokers.js';
import type { FoundCamera } from './find-cameras.js';
import type { AnswerTo, Question } from './question.js';
import type { TriedCamera } from './try-camera.js';

export type Told =
  /** What takes a while. */
  | { readonly kind: 'doing'; readonly what: string }
  | { readonly kind: 'machine'; readonly findings: readonly Finding[]; readonly sudo: string }
  | {
      readonly kind: 'found';
      readonly cameras: readonly FoundCamera[];
      readonly brokers: readonly FoundBroker[];
      /** What could not be asked, a line each. */
      readonly notes: readonly string[];
    }
  | { readonly kind: 'camera'; readonly camera: TriedCamera }
  | { readonly kind: 'broker'; readonly url: string; readonly says: string }
  /** What went wrong and is asked again, or left out; one line, without secrets. */
  | { readonly kind: 'problem'; readonly message: string };

/** Who asks people and tells them. */
export interface Front {
  /** Without it each question gets its usual answer, and what is wrong ends the steps. */
  readonly isAsking: boolean;
  /** Rejects with the reason of the signal. */
  ask<One extends Question>(question: One, signal: AbortSignal): Promise<AnswerTo[One['kind']]>;
  tell(told: Told): void;
}
