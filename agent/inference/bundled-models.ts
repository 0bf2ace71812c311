// --model or the configuration -> the model folder to use.

import { packageFile } from '#common/package.js';
import { type ModelFolder, readModelFolder } from '../../models/folder/folder.js';
import { type BundledName, isBundledName } from '../config/model-words.js';

/** Models that come with the package, made into model folders by the build. */
export const BUNDLED: Readonly<Record<BundledName, string>> = {
  default: packageFile('dist/models/default'),
  small: packageFile('dist/models/small'),
};

/** @param model a folder as given, or the name of a bundled one; nothing means the default one */
export function chosenModel(model: string = 'default'): Promise<ModelFolder> {
  return readModelFolder(isBundledName(model) ? BUNDLED[model] : model);
}
