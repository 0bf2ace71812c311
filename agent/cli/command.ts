// What every command shares: options, help with an example, one line per error, exit codes.

import { Command, CommanderError } from 'commander';
import { expected } from '#common/errors.js';
import { redactText } from '#common/redact.js';
import {
  endAtOnce,
  endInOrder,
  endQuietly,
  endWith,
  endWithTerminal,
  hasCrashed,
  keepHangUps,
} from './process-end.js';
import { red, reportError } from './report.js';

interface CommandText {
  readonly summary: string;
  /** Shown at the end of --help, as typed. */
  readonly examples: readonly string[];
}

/** A command with `--verbose` and an example in its help. */
export function newCommand(name: string, { summary, examples }: CommandText): Command {
  return new Command(name)
    .description(summary)
    .option('--verbose', 'show causes and stack traces of errors')
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
}

/** An action that holds nothing: its errors end as one line on standard error and as the exit code: 1 failed, 2 wrong usage. */
export function act<Given extends unknown[]>(
  action: (...given: Given) => Promise<void> | void,
): (...given: Given) => Promise<void> {
  return async (...given) => {
    endAtOnce();
    try {
      await action(...given);
    } catch (error) {
      const command = given.at(-1);
      reportError(error, command instanceof Command && command.optsWithGlobals().verbose === true);
    }
  };
}

/**
 * An action that gives back what it holds once the signal has aborted: by SIGTERM, by Ctrl-C, or by an error that nobody
 * expected, which is told already then. Half of the work is none: a signal that ends it is told, and is no success.
 *
 * @param isPatient where work that cannot be broken off may take longer than 2.8 s
 * @param endsBySignal where that is how it ends, or where it says itself what is left undone: then a rejection with the
 *   reason of the signal is an orderly end
 * @param reloads where SIGHUP does not end it as SIGTERM does: it says by `reloadOnHangUp` what it does
 */
export function actInOrder<Given extends unknown[]>(
  action: (...given: [...Given, signal: AbortSignal]) => Promise<void>,
  { isPatient = false, reloads = false, endsBySignal = false } = {},
): (...given: [...Given, command: Command]) => Promise<void> {
  return async (...given) => {
    if (reloads) keepHangUps();
    const signal = endInOrder(isPatient);
    const command = given.at(-1) as Command;
    try {
      await action(...(given.slice(0, -1) as Given), signal);
    } catch (error) {
      const isEnd = endsBySignal && signal.aborted && error === signal.reason;
      if (hasCrashed() || isEnd) return;
      reportError(error, command.optsWithGlobals().verbose === true);
    } finally {
      endWithTerminal();
    }
  };
}

/** Parses `argv` as in `process.argv` and runs the command; never throws, sets `process.exitCode`. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    stream.off('error', onOutputError).on('error', onOutputError);
  }
  prepare(program);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) reportError(error, argv.includes('--verbose'));
    else if (error.exitCode !== 0) process.exitCode = 2;
  }
}

function prepare(command: Command): void {
  command.exitOverride();
  command.configureOutput({
    // It repeats the arguments that it does not take.
    outputError: (text, write) => write(`${red('cspcam:')} ${redactText(text.replace(/^error: /, ''))}`),
  });
  for (const inner of command.commands) prepare(inner);
}

// `cspcam detect ... | head -1` is no error: who reads has seen enough. A full disk is one.
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') endQuietly();
  else endWith(expected('a place that can be written', 'the output', error.code ?? error.message, error));
}
