// Somebody at the page of the first steps -> whether the agent is to have a page of its own, and who may open it.

import { expected } from '#common/errors.js';
import { keepSecret } from '#common/secrets.js';
import { pagePasswordMistake } from '../config/page.js';
import { freePort } from './free-port.js';
import type { Front } from './front.js';

export const PAGE_VARIABLE = 'PAGE_PASSWORD';

export interface ChosenPage {
  readonly host?: string;
  readonly port: number;
  /** As it is. */
  readonly password?: string;
}

const LOOPBACK = '127.0.0.1';
const ALL = '0.0.0.0';
const FIRST_PORT = 8765;

/** @param isRemote whether they are at another machine, where a page for this one alone is of little use */
export async function choosePage(
  isRemote: boolean,
  front: Front,
  signal: AbortSignal,
): Promise<ChosenPage | undefined> {
  const port = await freePort(ALL, FIRST_PORT, 'the page of the agent');
  for (;;) {
    const answer = await front.ask(
      {
        kind: 'choose',
        id: 'page',
        message: 'Shall the agent have a page: live pictures, events, an editor of zones?',
        choices: [
          { value: 'here', label: `yes, for this machine alone (http://${LOOPBACK}:${port}/)` },
          { value: 'network', label: `yes, for the network, with a password (port ${port})` },
          { value: 'none', label: 'no' },
        ],
        usual: isRemote ? 'network' : 'here',
      },
      signal,
    );
    if (answer === 'none') return undefined;
    if (answer === 'here') return { port };
    const password = await askPassword(front, signal);
    if (password !== undefined) return { host: ALL, port, password };
  }
}

/** @returns nothing to go back to the choice */
async function askPassword(front: Front, signal: AbortSignal): Promise<string | undefined> {
  const message = 'A new password for the page of the agent (nothing goes back to the choice)';
  for (;;) {
    const password = await front.ask({ kind: 'password', id: 'page-password', message }, signal);
    if (password === '') return undefined;
    const mistake = pagePasswordMistake(password);
    if (mistake === undefined) {
      keepSecret(password);
      return password;
    }
    const problem = expected(mistake, 'the page', 'a shorter one');
    front.tell({ kind: 'problem', message: problem.message });
  }
}
