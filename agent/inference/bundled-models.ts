// --model or the configuration -> the model folder to use.

import { packageFile } from '#common/package.js';
import { type ModelFolder, readModelFolder } from '../../models/folder/folder.js';

/** Weights that come with the package, made into a model folder by the build. */
export const BUNDLED = packageFile('dist/models/default');

/** @param directory as given; nothing means the weights that come with the package */
export function chosenModel(directory: string | undefined): Promise<ModelFolder> {
  return readModelFolder(directory ?? BUNDLED);
}
