// What reading, opening or running a network threw -> an error that says whose fault it is: memory, files, or another.

import { CspcamError } from '#common/errors.js';

/** `memory` passes by itself; broken `files` need somebody; all `other` is tried again. */
export type ModelFailure = 'memory' | 'files' | 'other';

/** After sysexits.h: EX_TEMPFAIL, EX_DATAERR. */
const EXIT_CODES: Readonly<Record<ModelFailure, number>> = { memory: 75, files: 65, other: 1 };
/** A file that is not there, or that a disk does not give, may be there at the next start: 65 ends in none. */
const UNREADABLE_EXIT_CODE = 1;

export class ModelError extends CspcamError {
  override readonly name = 'ModelError';
  override readonly exitCode: number;

  constructor(
    message: string,
    readonly failure: ModelFailure,
    cause?: unknown,
    exitCode = EXIT_CODES[failure],
  ) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** Of the system, V8 and ONNX Runtime 1.27. */
const MEMORY_CODES: readonly unknown[] = [
  'ENOMEM',
  'ERR_WORKER_OUT_OF_MEMORY',
  'ERR_MEMORY_ALLOCATION_FAILED',
];
const MEMORY_WORDS =
  /bad_alloc|failed to allocate memory|cannot allocate memory|out of memory|(array buffer|heap) allocation failed/i;

/** @param error with its causes; a ModelError has said it already */
export function failureOf(error: unknown): ModelFailure {
  if (error instanceof ModelError) return error.failure;
  if (!(error instanceof Error)) return 'other';
  const { code, cause, message } = error as NodeJS.ErrnoException;
  if (MEMORY_CODES.includes(code) || MEMORY_WORDS.test(message)) return 'memory';
  return cause === undefined ? 'other' : failureOf(cause);
}

const ADVICE = 'copy the model folder again, or make it anew with cspcam models import';

/** @param message of what is wrong with a file, and which it is */
export function brokenFile(message: string, cause?: unknown, exitCode = EXIT_CODES.files): ModelError {
  const failure = failureOf(cause);
  return failure === 'memory'
    ? new ModelError(message, failure, cause)
    : new ModelError(`${message}; ${ADVICE}`, 'files', cause, exitCode);
}

/** What a machine has too few of, and not the file's fault. */
const SHORT_OF: readonly unknown[] = ['EMFILE', 'ENFILE', 'EAGAIN', 'EINTR'];

/** @param message of what could not be read, and which file it is */
export function unreadableFile(message: string, cause: NodeJS.ErrnoException): ModelError {
  return SHORT_OF.includes(cause.code)
    ? new ModelError(message, 'other', cause)
    : brokenFile(message, cause, UNREADABLE_EXIT_CODE);
}
