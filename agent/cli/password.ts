// A terminal, standard input or the environment -> a password, never shown.

import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { misused } from '#common/errors.js';
import { PASSWORD_VARIABLE } from '../discovery/suggestion.js';

const LONGEST = 1024;

/**
 * @param prompt shown on standard error, where there is a terminal to answer on
 * @throws UsageError where there is none; the reason of the signal
 */
export async function readPassword(prompt: string, signal: AbortSignal): Promise<string> {
  const given = process.env[PASSWORD_VARIABLE];
  const password =
    given ?? (process.stdin.isTTY ? await askedFor(prompt, signal) : await firstLine(process.stdin));
  if (password !== '') return password;
  const where = `--user: typed, on standard input or in ${PASSWORD_VARIABLE}`;
  throw misused('a password', where, undefined);
}

async function askedFor(prompt: string, signal: AbortSignal): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  // The terminal is in raw mode and sends no signal itself.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  process.stderr.write(prompt);
  try {
    return await lines.question('', { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
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
