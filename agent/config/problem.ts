// What is wrong in a configuration file -> one line each, in one error.

import { UsageError } from '../errors.js';

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

export interface Problem extends Partial<Position> {
  /** Dotted path, for example `cameras.door.source`; empty for the file itself. */
  readonly key: string;
  readonly expected: string;
  /** What stands there, without secrets. */
  readonly received: string;
}

/** Exit code 2; `problems` in the order of the file. */
export class ConfigError extends UsageError {
  constructor(
    readonly file: string,
    readonly problems: readonly Problem[],
  ) {
    const lines = problems.map((problem) => describeProblem(file, problem));
    super(lines.length === 1 ? lines[0]! : `${lines.length} problems in ${file}:\n${lines.join('\n')}`);
  }
}

/** `cspcam.yaml:3:5: expected a number for minScore, received high` */
export function describeProblem(file: string, { line, column, key, expected, received }: Problem): string {
  const where = line === undefined ? file : `${file}:${line}:${column}`;
  return `${where}: expected ${expected}${key === '' ? '' : ` for ${key}`}, received ${received}`;
}

export function inFileOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
