// What every command shares: options, help with an example, one line per error, exit codes.

import { Command, CommanderError } from 'commander';
import { CspcamError } from '#common/errors.js';

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

/** An action whose errors end as one line on standard error and as the exit code: 1 failed, 2 wrong usage. */
export function act<Given extends unknown[]>(
  action: (...given: Given) => Promise<void> | void,
): (...given: Given) => Promise<void> {
  return async (...given) => {
    try {
      await action(...given);
    } catch (error) {
      const command = given.at(-1);
      reportError(error, command instanceof Command && command.optsWithGlobals().verbose === true);
    }
  };
}

/** Parses `argv` as in `process.argv` and runs the command; never throws, sets `process.exitCode`. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    stream.off('error', endQuietlyOnBrokenPipe).on('error', endQuietlyOnBrokenPipe);
  }
  prepare(program);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) reportError(error, argv.includes('--verbose'));
    else if (error.exitCode !== 0) process.exitCode = 2;
  }
}

/** One line on standard error, with stack and causes where asked for; sets `process.exitCode`. */
export function reportError(error: unknown, verbose: boolean): void {
  process.exitCode = error instanceof CspcamError ? error.exitCode : 1;
  process.stderr.write(`${red('cspcam:')} ${errorText(error, verbose)}\n`);
}

function errorText(error: unknown, verbose: boolean): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  // Only our own errors have several lines on purpose: one for each problem of a file.
  const message = error instanceof CspcamError ? error.message : oneLine(plainMessage(error));
  if (!verbose) return message;
  const cause = error.cause === undefined ? '' : `\ncaused by: ${errorText(error.cause, true)}`;
  return `${message}\n${error.stack ?? ''}${cause}`;
}

/** A connection tried on several addresses fails with an AggregateError whose own message is empty. */
function plainMessage(error: Error): string {
  if (error.message !== '') return error.message;
  return error instanceof AggregateError ? error.errors.map(String).join('; ') : error.name;
}

function oneLine(text: string): string {
  return text.split('\n', 1)[0]!;
}

function prepare(command: Command): void {
  command.exitOverride();
  command.configureOutput({
    outputError: (text, write) => write(`${red('cspcam:')} ${text.replace(/^error: /, '')}`),
  });
  for (const inner of command.commands) prepare(inner);
}

// hasColors knows NO_COLOR, FORCE_COLOR and TERM.
function red(text: string): string {
  return process.stderr.isTTY && process.stderr.hasColors() ? `\u001b[31m${text}\u001b[39m` : text;
}

// `cspcam detect ... | head -1` is no error: who reads has seen enough.
function endQuietlyOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}
