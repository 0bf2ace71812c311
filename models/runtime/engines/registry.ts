// Name of an engine -> the program that cspcam engines build made of it.

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { expected } from '#common/errors.js';
import { engineDirectories } from '#common/folders.js';
import type { EngineProgram } from './engine-process.js';

export const ENGINES = ['openvino', 'tensorrt'] as const;
export type EngineName = (typeof ENGINES)[number];

export const isEngine = (provider: string): provider is EngineName =>
  (ENGINES as readonly string[]).includes(provider);

export const programName = (name: EngineName) => `cspcam-engine-${name}`;

/** The first that is there. */
export async function findEngine(
  name: EngineName,
  directories: readonly string[] = engineDirectories(),
): Promise<EngineProgram | undefined> {
  for (const directory of directories) {
    const file = join(directory, programName(name));
    if (await access(file, constants.X_OK).then(yes, no)) return { name, file };
  }
  return undefined;
}

/** @throws CspcamError with the way to get it */
export async function engineNamed(name: EngineName): Promise<EngineProgram> {
  const engine = await findEngine(name);
  if (engine !== undefined) return engine;
  throw expected(
    `${programName(name)} in ${engineDirectories().join(' or ')} (cspcam engines build ${name})`,
    `provider ${name}`,
    'none',
  );
}

/** All that are there. */
export async function installedEngines(): Promise<(EngineProgram & { readonly name: EngineName })[]> {
  const found = await Promise.all(ENGINES.map(async (name) => ({ name, engine: await findEngine(name) })));
  return found.flatMap(({ name, engine }) => (engine === undefined ? [] : { ...engine, name }));
}

const yes = () => true;
const no = () => false;
