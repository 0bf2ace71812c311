// Options of `cspcam setup` and the environment -> what was said beforehand; passwords are in no option.

import { resolve } from 'node:path';
import { misused } from '#common/errors.js';
import type { Address } from '#common/listen.js';
import { keepSecret } from '#common/secrets.js';
import { name } from '../../config/values.js';
import { PASSWORD_VARIABLE } from '../../discovery/suggestion.js';
import { BROKER_VARIABLE, addressMistake as brokerMistake, EMBEDDED } from '../../setup/broker-step.js';
import { CLIP, type FoundCamera } from '../../setup/find-cameras.js';
import type { Given } from '../../setup/setup.js';
import { addressMistake, userIn } from '../../setup/try-camera.js';
import { notTaken } from '../numbers.js';

export interface SetupOptions {
  readonly config?: string;
  readonly camera: readonly FoundCamera[];
  readonly user?: string;
  readonly broker?: string;
  readonly brokerUser?: string;
  readonly brokerCa?: string;
  readonly device?: string;
  readonly interface?: string;
  /** Seconds. */
  readonly timeout: number;
  readonly start: boolean;
  readonly plain?: true;
  readonly page?: true;
  readonly listen?: Address;
  readonly stdin?: true;
  readonly yes?: true;
  readonly json?: true;
}

const LONGEST = 16 * 1024;

/** `[ID=]SOURCE`, or `demo`; gathers. */
export function namedCamera(text: string, before: readonly FoundCamera[]): FoundCamera[] {
  if (text === 'demo') return [...before, CLIP];
  const [, id, address = text] = /^([a-z0-9][a-z0-9_-]{0,62})=(.*)$/s.exec(text) ?? [];
  const mistake = addressMistake(address);
  if (mistake !== undefined) throw notTaken(mistake, text.replace(/^.*@/, '***@'));
  const usual = before.some((camera) => camera.kind === 'address' && camera.id === id && id !== undefined);
  if (usual) throw notTaken('an id of its own for each camera', id!);
  return [...before, { kind: 'address', key: address, id }];
}

export function namedBroker(text: string): string {
  if (text === EMBEDDED) return text;
  const mistake = brokerMistake(text);
  if (mistake !== undefined) throw notTaken(`${EMBEDDED}, or ${mistake}`, text.replace(/^.*@/, '***@'));
  return text;
}

export function deviceOption(text: string): string {
  const { error } = name('a name').safeParse(text);
  if (error !== undefined) throw notTaken(error.issues[0]!.message, text);
  return text;
}

/** `HOST`, or `HOST:PORT`; without a port any that is free. */
export function listenOption(text: string): Address {
  const [, host, digits = '0'] = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || port > 65_535) throw notTaken('HOST or HOST:PORT ([::1]:PORT with IPv6)', text);
  return { host: host.replace(/^\[|\]$/g, ''), port };
}

/** @throws UsageError for options that do not go together */
export function expectConsistent({ yes, json, stdin, plain, page, listen }: SetupOptions): void {
  if (stdin && !yes) throw misused('--yes beside it', '--stdin', undefined);
  if (listen !== undefined && !page) throw misused('--page beside it', '--listen', undefined);
  const other = yes ? '--yes' : json ? '--json' : plain ? '--plain' : undefined;
  if (page && other !== undefined) throw misused('no other way to ask beside it', '--page', other);
}

/** @throws UsageError for a user without a password */
export async function givenIn(options: SetupOptions): Promise<Given> {
  const passwords = options.stdin ? await passwordLines(process.stdin) : process.env;
  const user = options.user ?? options.camera.flatMap(({ key }) => userIn(key) ?? [])[0];
  const password = passwords[PASSWORD_VARIABLE];
  const brokerPassword = passwords[BROKER_VARIABLE];
  for (const secret of [password, brokerPassword]) if (secret) keepSecret(secret);
  const { brokerUser, brokerCa, broker } = options;
  // Without somebody to ask, a user alone is a mistake.
  if (options.yes && options.user !== undefined && !password)
    throw misused(`a password in ${PASSWORD_VARIABLE}`, '--user', undefined);
  if (options.yes && brokerUser !== undefined && !brokerPassword)
    throw misused(`a password in ${BROKER_VARIABLE}`, '--broker-user', undefined);
  return {
    cameras: options.camera,
    ...(user !== undefined && password && { cameraLogin: { user, password } }),
    broker,
    ...(brokerUser !== undefined &&
      brokerPassword && { brokerLogin: { username: brokerUser, password: brokerPassword } }),
    ca: brokerCa === undefined ? undefined : resolve(brokerCa),
  };
}

/** `NAME=password` lines, so that a script needs no environment. */
async function passwordLines(input: NodeJS.ReadStream): Promise<Record<string, string>> {
  let text = '';
  for await (const chunk of input.setEncoding('utf8')) {
    text += chunk;
    if (text.length > LONGEST) break;
  }
  const names = [PASSWORD_VARIABLE, BROKER_VARIABLE];
  return Object.fromEntries(
    text
      .split(/\r?\n/)
      .filter((line) => line !== '')
      .map((line) => {
        const [, variable = '', value = ''] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
        if (!names.includes(variable)) throw misused(`lines ${names.join('=, ')}=`, '--stdin', 'another');
        return [variable, value];
      }),
  );
}
