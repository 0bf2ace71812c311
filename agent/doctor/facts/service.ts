// systemd, dpkg and the places of unit files -> how the agent is installed as a service, and what state it is in.

import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { namesIn, textOf } from '#common/kernel-files.js';
import { outputOf } from './output.js';
import { programBehind } from './program-behind.js';

export interface ServiceFacts {
  /** systemd runs this machine. */
  readonly isBooted: boolean;
  /** Unit files of this name, the one that counts first. */
  readonly unitFiles: readonly string[];
  /** Of `systemctl show`, by name; empty where systemd does not run. */
  readonly state: Readonly<Record<string, string>>;
  readonly dropIns: readonly DropIn[];
  readonly user: string;
  /** That it has beside those of its user. */
  readonly groups: readonly string[];
  /** Arguments of its ExecStart. */
  readonly command: readonly string[];
  readonly programVersion?: string;
  /** Of the Debian package, where it is installed. */
  readonly packageVersion?: string;
  readonly environmentFiles: readonly string[];
}

export interface DropIn {
  readonly file: string;
  /** Keys that it sets: `ExecStart`. */
  readonly keys: readonly string[];
}

const UNIT = 'cspcam.service';
/** systemd takes the first. */
const UNIT_FOLDERS = [
  'etc/systemd/system',
  'run/systemd/system',
  // Where `scripts/install` and the bundle for JetPack 4 put it.
  'usr/local/lib/systemd/system',
  'usr/lib/systemd/system',
  'lib/systemd/system',
];
const PROPERTIES = [
  'ActiveState',
  'SubState',
  'Result',
  'UnitFileState',
  'NeedDaemonReload',
  'NRestarts',
  'ExecMainStatus',
  'MainPID',
  'MemoryCurrent',
  'MemoryMax',
  'StatusText',
];

/** @returns nothing where there is neither a unit nor a package of it */
export async function readService(signal: AbortSignal, root = '/'): Promise<ServiceFacts | undefined> {
  const [unitFiles, packageVersion, isBooted] = await Promise.all([
    unitFilesBelow(root),
    root === '/' ? readPackageVersion(signal) : undefined,
    isFolder(join(root, 'run/systemd/system')),
  ]);
  const [file] = unitFiles;
  if (file === undefined && packageVersion === undefined) return undefined;
  const dropIns = await readDropIns(root);
  const unit = file === undefined ? '' : ((await textOf(file)) ?? '');
  const keys = keysOf([unit, ...(await Promise.all(dropIns.map(({ file }) => textOf(file))))].join('\n'));
  const command = (keys.get('ExecStart')?.at(-1) ?? '').split(/\s+/).filter(Boolean);
  const programVersion = await versionBeside(command.find((word) => word.endsWith('main.js')) ?? command[0]);
  return {
    isBooted,
    unitFiles,
    state: isBooted && file !== undefined ? await readState(signal) : {},
    dropIns,
    user: keys.get('User')?.at(-1) ?? 'root',
    groups: (keys.get('SupplementaryGroups') ?? []).flatMap((names) => names.split(/\s+/)),
    command,
    ...(programVersion !== undefined && { programVersion }),
    ...(packageVersion !== undefined && { packageVersion }),
    environmentFiles: (keys.get('EnvironmentFile') ?? []).map((path) => path.replace(/^-/, '')),
  };
}

async function isFolder(path: string): Promise<boolean> {
  return realpath(path).then(
    () => true,
    () => false,
  );
}

async function unitFilesBelow(root: string): Promise<string[]> {
  const found = await Promise.all(
    UNIT_FOLDERS.map(async (folder) => {
      const [name] = await namesIn(join(root, folder), /^cspcam\.service$/);
      // /lib is a link to /usr/lib in most places: one file is one file.
      return name === undefined ? [] : [await realpath(join(root, folder, name))];
    }),
  );
  return [...new Set(found.flat())];
}

async function readDropIns(root: string): Promise<DropIn[]> {
  const found = await Promise.all(
    UNIT_FOLDERS.map(async (folder) => {
      const inside = join(root, folder, `${UNIT}.d`);
      return (await namesIn(inside, /\.conf$/)).map((name) => join(inside, name));
    }),
  );
  // By their names, wherever they lie; of two with one name the first counts.
  const byName = new Map(
    found
      .flat()
      .map((file) => [basename(file), file] as const)
      .toReversed(),
  );
  const files = [...byName].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
  return Promise.all(
    files.map(async (file) => ({ file, keys: [...keysOf((await textOf(file)) ?? '').keys()] })),
  );
}

/** `Key=value` lines, each key with its values in their order; an empty value takes back those before it. */
function keysOf(text: string): Map<string, string[]> {
  const keys = new Map<string, string[]>();
  for (const [, key, value] of text.replaceAll(/\\\n/g, ' ').matchAll(/^([A-Z]\w+)\s*=[ \t]*(.*)$/gm))
    keys.set(key!, value === '' ? [] : [...(keys.get(key!) ?? []), value!.trim()]);
  return keys;
}

async function readState(signal: AbortSignal): Promise<Record<string, string>> {
  const said = await outputOf(signal, 'systemctl', 'show', UNIT, `--property=${PROPERTIES.join(',')}`);
  return Object.fromEntries(
    [...(said ?? '').matchAll(/^(\w+)=(.*)$/gm)].map(([, key, value]) => [key!, value!]),
  );
}

async function readPackageVersion(signal: AbortSignal): Promise<string | undefined> {
  const said = await outputOf(signal, 'dpkg-query', '-W', '-f', `\${Status} \${Version}`, 'cspcam');
  return /^install ok installed (\S+)$/.exec(said ?? '')?.[1];
}

/** Of the package.json above a program. */
async function versionBeside(command: string | undefined): Promise<string | undefined> {
  const program = command?.startsWith('/') ? await programBehind(command) : undefined;
  if (program === undefined) return undefined;
  for (let folder = dirname(program); folder !== '/'; folder = dirname(folder)) {
    const text = await textOf(folder, 'package.json');
    const found = /"name":\s*"cspcam"[\s\S]*?"version":\s*"([^"]+)"/.exec(text ?? '')?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}
