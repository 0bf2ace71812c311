// Every error a user can cause -> one line that names what was expected, what came, and where.

/** A failure with one clear line. The command line prints `message` and exits with `exitCode`. */
export class CspcamError extends Error {
  override readonly name: string = 'CspcamError';
  readonly exitCode: number = 1;
}

/** Wrong command line or configuration: exit code 2. */
export class UsageError extends CspcamError {
  override readonly name = 'UsageError';
  override readonly exitCode = 2;
}

/** Keeps apart what its message says, for those who know better where it happened. */
export class ExpectationError extends CspcamError {
  override readonly name = 'ExpectationError';

  constructor(
    readonly what: string,
    where: string,
    received: unknown,
    cause?: unknown,
  ) {
    // Names of files may hold line feeds.
    super(`expected ${what} for ${where}, received ${show(received)}`.replace(/\s*[\r\n]+\s*/g, ' '), {
      cause,
    });
  }
}

/**
 * The one error form: `expected a multiple of 32 for model.input.width, received 417`.
 *
 * @param where a key, file and line, or layer that a user can find
 */
export function expected(what: string, where: string, received: unknown, cause?: unknown): ExpectationError {
  return new ExpectationError(what, where, received, cause);
}

/** The same of a command line: exit code 2. @param where an option or argument */
export function misused(what: string, where: string, received: unknown): UsageError {
  return new UsageError(`expected ${what} for ${where}, received ${show(received)}`);
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
