// Steps that mend -> those that were agreed to, run one after the other; the others are told.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Step, stepText } from '../../doctor/remedies.js';
import { typedLine } from '../typed-line.js';

export interface FixOptions {
  /** Without asking. */
  readonly isAgreed: boolean;
  readonly isRoot: boolean;
  readonly signal: AbortSignal;
}

/** @returns the commands that were run and succeeded */
export async function fix(
  steps: readonly Step[],
  { isAgreed, isRoot, signal }: FixOptions,
): Promise<string[]> {
  const done: string[] = [];
  const sudo = isRoot ? '' : 'sudo ';
  for (const step of steps) {
    const text = stepText(step, sudo);
    const why = `for ${step.mends.join(', ')}`;
    if (step.asRoot && !isRoot) say(`left for root (${why}): ${text}`);
    else if (isAgreed) {
      say(`${text}   # ${why}`);
      if (await run(step, signal)) done.push(text);
    } else if (!process.stdin.isTTY) say(`not done without a terminal to ask on, or --yes (${why}): ${text}`);
    else if (await agrees(`${text}   # ${why}\ndo it? [y/N] `, signal)) {
      if (await run(step, signal)) done.push(text);
    } else say('left out');
  }
  return done;
}

async function agrees(question: string, signal: AbortSignal): Promise<boolean> {
  return /^y(es)?$/i.test((await typedLine(question, signal)).trim());
}

/** What it prints goes to standard error: the report alone is the result. */
async function run({ command: [program, ...args] }: Step, signal: AbortSignal): Promise<boolean> {
  const child = spawn(program, args, {
    stdio: ['ignore', 2, 2],
    signal,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const [code] = await once(child, 'close').catch((error: Error) => {
    signal.throwIfAborted();
    return [error.message];
  });
  if (code !== 0) say(`expected success of ${program}, received ${code ?? 'a signal'}`);
  return code === 0;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
