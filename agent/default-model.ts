// --model or the configuration -> the model folder to use.

import { existsSync } from 'node:fs';
import { type ModelFolder, readModelFolder } from '../models/folder/folder.js';
import { CspcamError } from './errors.js';
import { packageFile } from './package.js';

/** Weights that come with the package. */
const bundled = packageFile('dist/models/default');

/** @param directory as given; nothing means the weights that come with the package */
export async function chosenModel(directory: string | undefined): Promise<ModelFolder> {
  if (directory !== undefined) return readModelFolder(directory);
  if (existsSync(bundled)) return readModelFolder(bundled);
  throw new CspcamError(
    'expected a model folder (--model DIR, or model: in the configuration), received nothing: ' +
      'this version comes without weights. Make one with: cspcam models import',
  );
}
