// Interpreters -> which peers they have, in which versions.

import { packageFile } from '#common/package.js';
import { EngineProcess } from './engine-process.js';

export interface Python {
  readonly path: string;
  /** Package -> version, of those that are installed. */
  readonly versions: Readonly<Record<string, string>>;
}

export const PEER = packageFile('scripts/bench/peers/peer.py');

/** In the order given; what cannot be run, or lacks NumPy, has nothing. */
export async function findPythons(paths: readonly string[]): Promise<Python[]> {
  const found: Python[] = [];
  for (const path of paths) {
    const process = new EngineProcess([path, PEER]);
    const versions = await process
      .ask<Record<string, string> & { error?: string }>({ probe: true })
      .catch(() => ({}));
    await process.close();
    found.push({ path, versions });
  }
  return found;
}

/** The first that has all of the packages. */
export function pythonWith(pythons: readonly Python[], ...packages: string[]): Python | undefined {
  return pythons.find(({ versions }) => packages.every((name) => versions[name] !== undefined));
}
