// A prompt on a terminal -> the line that is typed, shown or not.

import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/**
 * @param prompt on standard error, as what is asked is no result
 * @throws the reason of the signal
 */
export async function typedLine(prompt: string, signal: AbortSignal, isHidden = false): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = isHidden ? nowhere : process.stderr;
  const shape = isHidden ? { terminal: true } : {};
  const lines = createInterface({ input: process.stdin, output, historySize: 0, ...shape });
  // The terminal is in raw mode and sends no signal itself.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  if (isHidden) process.stderr.write(prompt);
  try {
    return await lines.question(isHidden ? '' : prompt, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
    if (isHidden) process.stderr.write('\n');
  }
}
