// `--config`, or the service, or this folder -> the file to write, which is nobody's yet, and who must be able to read it.

import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { misused } from '#common/errors.js';
import { readWho } from '../doctor/facts/who.js';
import type { Subject } from '../doctor/subject.js';
import type { Front } from './front.js';
import { expectFree, type Owner, placeAt } from './write.js';

export interface Target {
  readonly file: string;
  /** The configuration that is there gets more cameras. */
  readonly isAdded: boolean;
  /** That runs with the file, and then is started; nothing where it is no file of a service. */
  readonly unit: string | undefined;
  /** Nothing where whoever runs this also runs the agent. */
  readonly owner?: Owner | undefined;
}

const SERVICE_FILE = '/etc/cspcam/cspcam.yaml';
const USUAL_FILE = 'cspcam.yaml';
const UNIT = 'cspcam.service';

/** @returns `cspcam@NAME.service` of `/etc/cspcam/NAME.yaml`, whose name systemd takes as it is (`%i`) */
export function instanceOf(file: string): string | undefined {
  const path = resolve(file);
  const name = /^([\w.-]+)\.yaml$/.exec(basename(path))?.[1];
  return name !== undefined && dirname(path) === dirname(SERVICE_FILE) ? `cspcam@${name}.service` : undefined;
}

/** @throws UsageError for a file that is taken, where nobody can be asked */
export async function chooseTarget(
  given: string | undefined,
  { service, who }: Subject,
  front: Front,
  signal: AbortSignal,
): Promise<Target | undefined> {
  const mayServe = service !== undefined && process.getuid?.() === 0;
  let file = given ?? (mayServe ? SERVICE_FILE : USUAL_FILE);
  let isAdded = false;
  while (!isAdded && (await placeAt(file)) === 'taken') {
    const answer = await askAbout(file, front, signal);
    if (answer === 'leave') return undefined;
    if (answer === 'add') isAdded = true;
    else
      file = await front.ask(
        { kind: 'text', id: 'file', message: 'Which file then?', usual: nextTo(file) },
        signal,
      );
  }
  if (!isAdded) await expectFree(file);
  const unit = mayServe ? ((await isSame(file, SERVICE_FILE)) ? UNIT : instanceOf(file)) : undefined;
  const user = unit === undefined ? undefined : await readWho(service!.user, signal, service!.groups);
  const owner = user && { uid: user.uid, gid: user.gids[0] ?? who.gids[0] ?? 0 };
  return { file, isAdded, unit, owner };
}

async function askAbout(file: string, front: Front, signal: AbortSignal): Promise<string> {
  if (!front.isAsking)
    throw misused(
      'a file that is not there yet (another --config FILE)',
      '--config',
      `${file}, a configuration`,
    );
  return front.ask(
    {
      kind: 'choose',
      id: 'existing',
      message: `${file} is a configuration already, and is not overwritten. What next?`,
      choices: [
        { value: 'add', label: 'add cameras to it' },
        { value: 'other', label: 'write another file' },
        { value: 'leave', label: 'leave it at that' },
      ],
      usual: 'leave',
    },
    signal,
  );
}

/** `cspcam-2.yaml` */
function nextTo(file: string): string {
  return file.replace(/(\.ya?ml)?$/, (ending) => `-2${ending}`);
}

async function isSame(file: string, other: string): Promise<boolean> {
  if (file === other) return true;
  const [a, b] = await Promise.all([file, other].map((one) => stat(one).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}
