// The file of an option that takes a picture -> nothing, or wrong usage, before any work is done.

import { extname } from 'node:path';
import { misused } from '#common/errors.js';

/** @throws UsageError for a kind of picture that is not written */
export function expectPictureName(file: string, option: string): void {
  if (!['.jpg', '.jpeg', '.png'].includes(extname(file).toLowerCase()))
    throw misused('a name that ends in .jpg, .jpeg or .png', option, file);
}
