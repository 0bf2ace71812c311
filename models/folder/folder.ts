// A model folder on disk: model.onnx and model.json, written whole or not at all, checked when read.

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { CspcamError, expected } from '../../agent/errors.js';
import { type ModelDescription, modelDescription } from './description.js';

export const DESCRIPTION_FILE = 'model.json';
export const NETWORK_FILE = 'model.onnx';

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
    throw new CspcamError(`expected JSON in ${file}: ${(error as Error).message}`, { cause: error });
  }
  const parsed = modelDescription.safeParse(json);
  if (!parsed.success)
    throw new CspcamError(`expected a model description in ${file}: ${z.prettifyError(parsed.error)}`);
  return { directory, description: parsed.data };
}

/** The network's bytes, checked against the sum in model.json. */
export async function readNetworkFile({ directory, description }: ModelFolder): Promise<Uint8Array> {
  const file = join(directory, NETWORK_FILE);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw expected('a readable network', file, error.code ?? error.message, error);
  });
  const sum = description.files[NETWORK_FILE]?.sha256;
  if (sum !== sha256(bytes))
    throw expected(`sha256 ${sum}`, file, `${sha256(bytes)}: the file was changed or cut`);
  return bytes;
}

/** Replaces the folder only once everything is written beside it. */
export async function writeModelFolder(
  directory: string,
  description: Omit<ModelDescription, 'files'>,
  network: Uint8Array,
): Promise<ModelFolder> {
  const target = resolve(directory);
  const full: ModelDescription = {
    ...description,
    files: { [NETWORK_FILE]: { sha256: sha256(network), bytes: network.byteLength } },
  };
  try {
    await mkdir(dirname(target), { recursive: true });
    const temporary = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
    try {
      await writeFile(join(temporary, NETWORK_FILE), network);
      await writeFile(join(temporary, DESCRIPTION_FILE), `${JSON.stringify(full, undefined, 2)}\n`);
      await mkdir(target, { recursive: true });
      for (const file of [NETWORK_FILE, DESCRIPTION_FILE])
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
