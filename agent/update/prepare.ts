// A file that somebody gives -> all that an update by it needs, looked at and put aside; or why it is refused, and
// nothing is other than before.

import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CspcamError, expected } from '#common/errors.js';
import { isUpdate, othersIn } from './decide.js';
import {
  compareVersions,
  type Installed,
  type PackageFacts,
  readInstalled,
  readPackageFile,
} from './package-file.js';
import { lastLines, run } from './program.js';
import { repack } from './repack.js';
import { type Signer, signerOf } from './signature.js';
import type { Store, Update } from './store.js';
import { isPackaged } from './unit.js';
import { runningUnits } from './units.js';

export interface UpdateRequest {
  readonly file: string;
  /** Default FILE.minisig. */
  readonly signature?: string;
  readonly isUnsigned: boolean;
  readonly allowDowngrade: boolean;
  readonly healthySeconds: number;
}

/** What dpkg and the log need beside the packages themselves. */
const SPARE_BYTES = 64 * 1024 * 1024;

/**
 * @param store stays open, so that nobody else prepares one before this has begun
 * @param tell what it is at, for people
 * @param signal its abort ends it as a refusal does
 * @returns the installed version alone where that is what the file holds
 * @throws CspcamError
 */
export async function prepare(
  request: UpdateRequest,
  store: Store,
  tell: (words: string) => void,
  signal: AbortSignal,
): Promise<Update | { installed: string }> {
  const installed = await expectUpdatable();
  await store.open();
  await expectNoneUnderWay(store);
  await store.clean();
  try {
    return await prepareIn(store, request, installed, { tell, signal });
  } catch (error) {
    await store.clean();
    throw error;
  }
}

/** Of this machine. @throws CspcamError where nothing can be updated here */
export async function expectUpdatable(): Promise<Installed> {
  if (process.getuid?.() !== 0)
    throw expected('root', 'cspcam update', `user ${process.getuid?.()}; try: sudo cspcam update`);
  if (!existsSync('/run/systemd/system'))
    throw expected('a machine that systemd runs', 'cspcam update', 'another');
  const installed = await readInstalled();
  if (installed === undefined || !isPackaged())
    throw expected(
      'cspcam as a Debian package',
      'cspcam update',
      'another installation (scripts/install updates that of a checkout)',
    );
  return installed;
}

async function expectNoneUnderWay(store: Store): Promise<void> {
  const update = await store.update();
  if (update === undefined) return;
  throw new CspcamError(
    `expected no update under way, received one from ${update.from.version} to ${update.to.version}: cspcam update --resume goes on with it, --back returns to ${update.from.version}`,
  );
}

async function prepareIn(
  store: Store,
  request: UpdateRequest,
  installed: Installed,
  { tell, signal }: { tell: (words: string) => void; signal: AbortSignal },
): Promise<Update | { installed: string }> {
  const { file, isUnsigned, allowDowngrade, healthySeconds } = request;
  tell(`looking at ${file}`);
  await store.take(file);
  const signedBy = isUnsigned ? undefined : await signerOfCopy(store, request);
  const offered = await readPackageFile(store.candidate, file);
  const is = await compareVersions(offered.version, installed.version);
  if (!isUpdate({ file, ...offered }, installed, { is, allowDowngrade })) {
    await store.clean();
    return { installed: installed.version };
  }
  const units = await runningUnits();
  if (units.length === 0)
    throw expected(
      'an agent that runs (systemctl start cspcam), as nothing else tells whether the new version works,',
      'cspcam update',
      'none; apt install puts in a package without',
    );
  signal.throwIfAborted();
  await expectRoom(store, installed, offered);
  await expectDependencies(store.candidate, file);
  const from = store.packageOf(installed.version, installed.architecture);
  await expectWayBack(store, installed, from, tell);
  signal.throwIfAborted();
  const to = store.packageOf(offered.version, offered.architecture);
  await store.keep(to);
  return {
    id: randomUUID(),
    phase: 'installing',
    from: { version: installed.version, file: from },
    to: { version: offered.version, file: to },
    units,
    healthySeconds,
    ...(signedBy && { signedBy }),
    log: [],
  };
}

function signerOfCopy(store: Store, { file, signature }: UpdateRequest): Promise<Signer> {
  return signerOf(store.candidate, signature ?? `${file}.minisig`);
}

/** Files of both are there at the same time; what is put aside goes for what is replaced. */
async function expectRoom(store: Store, installed: PackageFacts, offered: PackageFacts): Promise<void> {
  const kept = store.packageOf(installed.version, installed.architecture);
  // A package that has to be made anew is not compressed, and is put together beside.
  const packing = existsSync(kept) ? 0 : 2 * installed.installedBytes;
  const wanted = packing + offered.installedBytes + SPARE_BYTES;
  const free = await store.freeBytes();
  if (free < wanted) throw expected(`${megabytes(wanted)} of free space`, store.folder, megabytes(free));
}

/** Without the network: what it depends on must be here. */
async function expectDependencies(candidate: string, file: string): Promise<void> {
  const how = ['--simulate', '--no-download', '--no-install-recommends', '--allow-downgrades'];
  const simulated = await run('apt-get', [...how, 'install', candidate]);
  if (simulated.code !== 0)
    throw expected('a package that can be installed here', file, lastLines(simulated, 5).join(' '));
  const others = othersIn(simulated.out);
  if (others.length > 0)
    throw expected('a package that needs no others', file, `one that brings or removes ${others.join(', ')}`);
}

/** The package that is installed: kept since it was, or made anew of its files. */
async function expectWayBack(
  store: Store,
  { name, version, architecture }: Installed,
  file: string,
  tell: (words: string) => void,
): Promise<void> {
  const isWhole = async () => {
    const facts = await readPackageFile(file, file);
    return facts.version === version && facts.architecture === architecture;
  };
  if (existsSync(file) && (await isWhole().catch(() => false))) return;
  tell(`keeping ${version}, to return to`);
  await repack(name, file, join(store.folder, 'repacked'));
  if (!(await isWhole())) throw expected(`a package of ${version}`, 'the package to go back to', 'another');
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
