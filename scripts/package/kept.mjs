// The name and the recipe of something that takes long to make -> its folder, made once per checkout.

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
/** What is made of the checkout, and what it is made with; git ignores it. */
export const packagesFolder = join(root, 'packages');

/** @param make fills the folder that it is given; what it leaves behind when it fails is not taken for the thing */
export function kept(name, make) {
  const folder = join(packagesFolder, 'kept', name);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  mkdirSync(unfinished);
  make(unfinished);
  renameSync(unfinished, folder);
  return folder;
}
