// SIGTERM, Ctrl-C and errors that nobody expected -> the end of a command, in order; whatever hangs cannot hold it up.
// main.ts imports this file before all that is slow, so it imports next to nothing itself.

import { CspcamError } from '#common/errors.js';
import { messageOf, reportError } from './report.js';

/** systemd's and Docker's patience is longer; a user's is not. */
const LONGEST_END_MS = 2800;

/** An error that nobody expected, wherever it came from: exit code 70, which sysexits.h calls an internal one. */
class Crash extends CspcamError {
  override readonly name = 'Crash';
  override readonly exitCode = 70;

  constructor(cause: unknown) {
    super(`expected no error here, received ${messageOf(cause)} (--verbose shows where)`, { cause });
  }
}

/** What a start rejects with that a signal has aborted. */
class Interrupted extends CspcamError {
  override readonly name = 'Interrupted';

  constructor(readonly by: NodeJS.Signals) {
    super(`interrupted by ${by}`);
  }
}

// A process has one end, and so one state of it.
const end = new AbortController();
let ending: 'in order' | 'in order, however long it takes' | 'at once' | undefined;
let crashed: Crash | undefined;
const cleanUps = new Set<() => void>();

/** Called once, before anything slow: a signal that comes while the commands are being loaded is kept for them. */
export function watchProcess(): void {
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => onSignal(name));
  process.on('uncaughtException', crash);
}

/**
 * For a command that gives back what it holds: the first signal, or an error that nobody expected, only aborts.
 * The second signal, or an end that takes longer than 2.8 s, ends the process at once.
 *
 * @param isPatient for work that cannot be broken off everywhere: only a second signal ends it at once
 */
export function endInOrder(isPatient: boolean): AbortSignal {
  ending = isPatient ? 'in order, however long it takes' : 'in order';
  // What has come while the command was being loaded: it had nothing to end until now.
  if (end.signal.reason instanceof Interrupted) limitEnd(end.signal.reason.by);
  return end.signal;
}

/** For a command that holds nothing: a signal ends the process at once, as it does without a handler. */
export function endAtOnce(): void {
  ending = 'at once';
  if (end.signal.reason instanceof Interrupted) die(end.signal.reason.by);
}

/** An error that nobody expected -> one line at once, then the orderly end. Only the first is told. */
export function crash(error: unknown): void {
  if (crashed !== undefined) return;
  crashed = new Crash(error);
  reportError(crashed, process.argv.includes('--verbose'));
  if (ending === undefined || ending === 'at once') process.exit();
  limitEnd('SIGKILL');
  end.abort(crashed);
}

/** Whoever reads the output has seen enough: an orderly end, without a word. */
export function endQuietly(): void {
  if (ending === undefined || ending === 'at once') process.exit();
  if (end.signal.aborted) return;
  limitEnd('SIGTERM');
  end.abort(new Interrupted('SIGPIPE'));
}

/** Whether an error has been told already, and the exit code been set. */
export function hasCrashed(): boolean {
  return crashed !== undefined;
}

/** @param cleanUp is called where the process ends at once: must not wait. @returns takes it back */
export function beforeForcedEnd(cleanUp: () => void): () => void {
  cleanUps.add(cleanUp);
  return () => cleanUps.delete(cleanUp);
}

function onSignal(name: NodeJS.Signals): void {
  if (end.signal.aborted || ending === 'at once') die(name);
  if (ending !== undefined) limitEnd(name);
  end.abort(new Interrupted(name));
}

function limitEnd(by: NodeJS.Signals): void {
  if (ending === 'in order, however long it takes' && crashed === undefined) return;
  const limit = () => {
    process.stderr.write(`cspcam: expected an end within ${LONGEST_END_MS / 1000} s, received none\n`);
    die(by);
  };
  setTimeout(limit, LONGEST_END_MS).unref();
}

/** Not process.exit: it waits for worker threads, and one in a long inference does not answer. */
function die(by: NodeJS.Signals): void {
  for (const cleanUp of cleanUps) cleanUp();
  // Without a handler the signal does what it does by default, and whoever waits for the process sees which it was.
  process.removeAllListeners(by);
  process.kill(process.pid, by);
}
