// A model folder on disk: model.onnx and model.json, written whole or not at all, checked when read.
// Beside them the Darknet files they were made from, which an export and the integer forms need, and ranges for those.

import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { CspcamError, expected } from '#common/errors.js';
import { makeFolder } from '#common/make-folder.js';
import { brokenFile, unreadableFile } from '../model-error.js';
import type { DarknetPair } from '../weights.js';
import { type ModelDescription, modelDescription } from './description.js';

export const DESCRIPTION_FILE = 'model.json';
export const RANGES_FILE = 'ranges.json';
const NETWORK_FILE = 'model.onnx';

const CFG_FILE = 'network.cfg';
const WEIGHTS_FILE = 'network.weights';

export interface ModelFolder {
  readonly directory: string;
  readonly description: ModelDescription;
}

/** Reads and checks model.json. */
export async function readModelFolder(directory: string): Promise<ModelFolder> {
  const file = join(directory, DESCRIPTION_FILE);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw expected(`a model folder with ${DESCRIPTION_FILE}`, directory, error.code ?? error.message, error);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw brokenFile(`expected JSON in ${file}: ${(error as Error).message}`, error);
  }
  const parsed = modelDescription.safeParse(json);
  if (!parsed.success)
    throw brokenFile(`expected a model description in ${file}: ${z.prettifyError(parsed.error)}`);
  return { directory, description: parsed.data };
}

export function networkFile({ directory }: ModelFolder): string {
  return join(directory, NETWORK_FILE);
}

/** Those that an integer form is made of. */
export function integerFiles(folder: ModelFolder): string[] {
  const floats = hasDarknetFiles(folder) ? [CFG_FILE, WEIGHTS_FILE] : [NETWORK_FILE];
  return [RANGES_FILE, ...floats].map((name) => join(folder.directory, name));
}

/** Whether the network was made of them; an imported ONNX has none. */
export function hasDarknetFiles({ description }: ModelFolder): boolean {
  return description.files[CFG_FILE] !== undefined;
}

/** Whether it can run in integers. */
export function hasRanges({ description }: ModelFolder): boolean {
  return description.files[RANGES_FILE] !== undefined;
}

/** Whether it was made of Darknet files, which say what its layers are. */
export function hasCfg({ description }: ModelFolder): boolean {
  return description.files[CFG_FILE] !== undefined;
}

/** Text of the calibrated ranges, checked against the sum in model.json. */
export async function readRanges(folder: ModelFolder): Promise<string> {
  return (await readChecked(folder, RANGES_FILE, 'the ranges that int8 needs')).toString('utf8');
}

/** The network's bytes, checked against the sum in model.json. */
export function readNetworkFile(folder: ModelFolder): Promise<Uint8Array> {
  return readChecked(folder, NETWORK_FILE, 'a readable network');
}

/** Of the network, by which its cost can be predicted; checked against the sum in model.json. */
export async function readCfg(folder: ModelFolder): Promise<string> {
  return (await readChecked(folder, CFG_FILE, 'the Darknet file that a prediction needs')).toString('utf8');
}

/** The Darknet files, checked against the sums in model.json. */
export async function readDarknetPair(folder: ModelFolder): Promise<DarknetPair> {
  const [cfg, weights] = await Promise.all([
    readChecked(folder, CFG_FILE, 'the Darknet files that the network was made of'),
    readChecked(folder, WEIGHTS_FILE, 'the Darknet files that the network was made of'),
  ]);
  return { cfg: cfg.toString('utf8'), weights };
}

async function readChecked(
  { directory, description }: ModelFolder,
  name: string,
  what: string,
): Promise<Buffer> {
  const file = join(directory, name);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw unreadableFile(expected(what, file, error.code ?? error.message).message, error);
  });
  const sum = description.files[name]?.sha256;
  if (sum !== sha256(bytes))
    throw brokenFile(
      expected(`sha256 ${sum}`, file, `${sha256(bytes)}: the file was changed or cut`).message,
    );
  return bytes;
}

/** Replaces the files only once all are written. */
export async function writeModelFolder(
  directory: string,
  description: Omit<ModelDescription, 'files'>,
  network: Uint8Array,
  darknet?: DarknetPair,
  ranges?: Uint8Array,
): Promise<ModelFolder> {
  const target = resolve(directory);
  const contents: [string, Uint8Array][] = [[NETWORK_FILE, network]];
  if (darknet) contents.push([CFG_FILE, Buffer.from(darknet.cfg)], [WEIGHTS_FILE, darknet.weights]);
  if (ranges) contents.push([RANGES_FILE, ranges]);
  const sums = contents.map(([name, bytes]) => [name, { sha256: sha256(bytes), bytes: bytes.byteLength }]);
  const full: ModelDescription = { ...description, files: Object.fromEntries(sums) };
  try {
    await makeFolder(target);
    // Within the folder: it may be a mounted one, and files are renamed on one disk only.
    const temporary = await mkdtemp(join(target, '.new-'));
    try {
      for (const [name, bytes] of contents) await writeFile(join(temporary, name), bytes);
      await writeFile(join(temporary, DESCRIPTION_FILE), `${JSON.stringify(full, undefined, 2)}\n`);
      for (const file of [...contents.map(([name]) => name), DESCRIPTION_FILE])
        await rename(join(temporary, file), join(target, file));
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  } catch (error) {
    throw new CspcamError(`expected to write the model folder ${directory}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return { directory, description: full };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
