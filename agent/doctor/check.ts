// Facts of one kind and what follows from them -> a check that the registry can hold.

import type { Finding } from './finding.js';
import type { Subject } from './subject.js';

/** In the order of the report. */
export const GROUPS = [
  'system',
  'video',
  'model',
  'cameras',
  'messages',
  'disk',
  'memory',
  'clock',
  'power',
  'service',
] as const;
export type Group = (typeof GROUPS)[number];

interface CheckParts<Facts> {
  readonly group: Group;
  /** What its findings' ids begin with. */
  readonly id: string;
  /** For who waits: `one frame through the network`. */
  readonly title: string;
  /** Given up after so long, with a finding that says so. */
  readonly limitMs: number;
  /** Passed over with `--offline`. */
  readonly asksNetwork?: boolean;
  /** Reads; the signal aborts when the time is up, and takes along what was started. */
  readonly collect: (subject: Subject, signal: AbortSignal) => Promise<Facts>;
  /** Pure. */
  readonly judge: (facts: Facts, subject: Subject) => readonly Finding[];
}

export interface Check extends Omit<CheckParts<never>, 'collect' | 'judge'> {
  readonly examine: (subject: Subject, signal: AbortSignal) => Promise<readonly Finding[]>;
}

export function check<Facts>({ collect, judge, ...rest }: CheckParts<Facts>): Check {
  return { ...rest, examine: async (subject, signal) => judge(await collect(subject, signal), subject) };
}
