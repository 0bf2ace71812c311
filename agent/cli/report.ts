// An error -> one line on standard error and the exit code of the process.

import { CspcamError } from '#common/errors.js';
import { plainText } from '#common/plain-text.js';
import { redactText } from '#common/redact.js';

/** One line on standard error, with stack and causes where asked for; sets `process.exitCode`. */
export function reportError(error: unknown, verbose: boolean): void {
  process.exitCode = error instanceof CspcamError ? error.exitCode : 1;
  process.stderr.write(`${red('cspcam:')} ${plainText(redactText(errorText(error, verbose)))}\n`);
}

/** The first line of what an error says; our own say what they say in several lines on purpose. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return firstLine(String(error));
  return error instanceof CspcamError ? error.message : firstLine(plainMessage(error));
}

// hasColors knows NO_COLOR, FORCE_COLOR and TERM.
export function red(text: string): string {
  return process.stderr.isTTY && process.stderr.hasColors() ? `\u001b[31m${text}\u001b[39m` : text;
}

function errorText(error: unknown, verbose: boolean): string {
  const message = messageOf(error);
  if (!verbose || !(error instanceof Error)) return message;
  const cause = error.cause === undefined ? '' : `\ncaused by: ${errorText(error.cause, true)}`;
  return `${message}\n${error.stack ?? ''}${cause}`;
}

/** A connection tried on several addresses fails with an AggregateError whose own message is empty. */
function plainMessage(error: Error): string {
  if (error.message !== '') return error.message;
  return error instanceof AggregateError ? error.errors.map(String).join('; ') : error.name;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}
