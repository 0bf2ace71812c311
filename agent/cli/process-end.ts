// SIGTERM, Ctrl-C, a terminal that is closed and errors that nobody expected -> the end of a command, in order; whatever
// hangs cannot hold it up. SIGHUP is an end as well, but for a command that reads its configuration anew by it.
// main.ts imports this file before all that is slow, so it imports next to nothing itself.

import { closeSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';
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
let crashed: CspcamError | undefined;
const cleanUps = new Set<() => void>();
/** The window that the command was started in has been closed. */
let isTerminalGone = false;
/** For a command that does not end by it. */
let areHangUpsKept = false;
let isHangUpWaiting = false;
let onReload: (() => void) | undefined;

/** Called once, before anything slow: a signal that comes while the commands are being loaded is kept for them. */
export function watchProcess(): void {
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => onSignal(name));
  const hadTerminal = isTerminal() && hasTerminal();
  process.on('SIGHUP', () => {
    isTerminalGone = hadTerminal && !hasTerminal();
    // Who started it there by hand and closed the window wants it to end; to a service nobody but its manager sends it.
    if (isTerminalGone) onSignal('SIGHUP');
    else onHangUp();
  });
  process.on('uncaughtException', crash);
}

/** For a command that reads its configuration anew by SIGHUP: it is no end of it. Called before `endInOrder`. */
export function keepHangUps(): void {
  areHangUpsKept = true;
}

/** @param reload is called at each SIGHUP; at once where one has come before */
export function reloadOnHangUp(reload: () => void): void {
  onReload = reload;
  if (isHangUpWaiting) reload();
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
  if (isHangUpWaiting && !areHangUpsKept) onSignal('SIGHUP');
  return end.signal;
}

/** For a command that holds nothing: a signal ends the process at once, as it does without a handler. */
export function endAtOnce(): void {
  ending = 'at once';
  if (end.signal.reason instanceof Interrupted) die(end.signal.reason.by);
  if (isHangUpWaiting) die('SIGHUP');
}

/** An error that nobody expected -> one line at once, then the orderly end. Only the first is told. */
export function crash(error: unknown): void {
  endWith(new Crash(error));
}

/** The same of one that is known, and comes where nobody can catch it. */
export function endWith(error: CspcamError): void {
  if (crashed !== undefined) return;
  crashed = error;
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

/** Called once a command has given back what it holds: at an exit of its own, Node 20 aborts without its terminal. */
export function endWithTerminal(): void {
  if (isTerminalGone) die('SIGHUP');
}

/** Whether somebody typed Ctrl-C, where a signal has aborted. */
export function isByCtrlC({ reason }: AbortSignal): boolean {
  return reason instanceof Interrupted && reason.by === 'SIGINT';
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

function onHangUp(): void {
  if (onReload !== undefined) onReload();
  // Which command it is for may not be known yet.
  else if (areHangUpsKept || ending === undefined) isHangUpWaiting = true;
  else onSignal('SIGHUP');
}

/** Whether it was started on a terminal, and not with its input and output elsewhere, as by nohup. */
function isTerminal(): boolean {
  return isatty(0) || isatty(2);
}

/** Whether there is one that signals come from; it is gone with its window. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
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
