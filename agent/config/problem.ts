// What is wrong in a configuration file -> one line each, in one error.

import { UsageError } from '#common/errors.js';

export interface Position {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
}

export interface Problem extends Partial<Position> {
  /** Dotted path, for example `cameras.door.source`; empty for the file itself. */
  readonly key: string;
  readonly expected: string;
  /** What stands there, without secrets. */
  readonly received: string;
  /** A file that may come, as with its disk: nobody has to change anything for it. */
  readonly mayPass?: boolean;
}

/** More would not be read, nor would longer values. */
const MOST_LINES = 100;
const MOST_CHARACTERS = 200;

/** Exit code 2; `problems` in the order of the file, the first hundred of them in the message. */
export class ConfigError extends UsageError {
  constructor(
    readonly file: string,
    readonly problems: readonly Problem[],
  ) {
    const lines = problems.slice(0, MOST_LINES).map((problem) => describeProblem(file, problem));
    const more = problems.length - lines.length;
    if (more > 0) lines.push(`and ${more} more`);
    super(problems.length === 1 ? lines[0]! : `${problems.length} problems in ${file}:\n${lines.join('\n')}`);
  }

  /** Whether all that is wrong may be right by itself later. */
  get mayPass(): boolean {
    return this.problems.every(({ mayPass }) => mayPass === true);
  }
}

/** `cspcam.yaml:3:5: expected a number for minScore, received high` */
export function describeProblem(file: string, { line, column, key, expected, received }: Problem): string {
  const where = line === undefined ? file : `${file}:${line}:${column}`;
  const of = key === '' ? '' : ` for ${onOneLine(key)}`;
  return `${where}: expected ${expected}${of}, received ${onOneLine(received) || 'empty text'}`;
}

/** Line ends and other control characters as JSON escapes them; the rest of what is too long left out. */
function onOneLine(text: string): string {
  const short = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}...` : text;
  return short.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });
}

export function inFileOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

const REASONS: Partial<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'no permission to read it',
  EISDIR: 'a folder',
  ENOTDIR: 'no such folder',
};

/** Of rights, or of what is no file at all, nothing changes by itself. */
export function mayComeYet({ code }: NodeJS.ErrnoException): boolean {
  return code !== 'EACCES' && code !== 'EISDIR';
}

/** Of a file, in words. */
export function whyUnreadable(error: NodeJS.ErrnoException): string {
  return REASONS[error.code ?? ''] ?? error.message;
}
