// A terminal, standard input or the environment -> a password, never shown.

import { misused } from '#common/errors.js';
import { PASSWORD_VARIABLE } from '../discovery/suggestion.js';
import { typedLine } from './typed-line.js';

const LONGEST = 1024;

/**
 * @param prompt shown on standard error, where there is a terminal to answer on
 * @throws UsageError where there is none; the reason of the signal
 */
export async function readPassword(prompt: string, signal: AbortSignal): Promise<string> {
  const given = process.env[PASSWORD_VARIABLE];
  const password =
    given ?? (process.stdin.isTTY ? await typedLine(prompt, signal, true) : await firstLine(process.stdin));
  if (password !== '') return password;
  const where = `--user: typed, on standard input or in ${PASSWORD_VARIABLE}`;
  throw misused('a password', where, undefined);
}

/** Without its end: what comes after it is left. */
async function firstLine(input: NodeJS.ReadStream): Promise<string> {
  let text = '';
  for await (const chunk of input.setEncoding('utf8')) {
    text += chunk;
    if (text.includes('\n') || text.length > LONGEST) break;
  }
  return text
    .split(/\r?\n/, 1)[0]!
    .replace(/^\uFEFF/, '')
    .slice(0, LONGEST);
}
