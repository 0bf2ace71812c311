// Model folder with ranges + form -> its network in integers, as ONNX bytes. Made on the machine that runs it.

import { CspcamError } from '#common/errors.js';
import { hasRanges, type ModelFolder, RANGES_FILE, readRanges } from '../folder/folder.js';
import { encodeOnnx } from '../onnx/encode.js';
import type { IntegerForm } from './forms/form.js';
import { quantizableOf } from './quantizable.js';
import { quantizeProgram } from './quantize.js';
import { parseRanges } from './ranges-file.js';

/** Another one where the same folder gives another network than before: what was kept of it is made anew. */
export const REVISION = 4;

/** @throws CspcamError for a folder without ranges, and for files that were changed or are of another network */
export async function integerNetwork(folder: ModelFolder, form: IntegerForm): Promise<Uint8Array> {
  expectRanges(folder);
  const { name, quantization } = folder.description;
  const [text, program] = await Promise.all([readRanges(folder), quantizableOf(folder)]);
  const keep = new Set(quantization?.keptFp32);
  return encodeOnnx(quantizeProgram(program, parseRanges(text, program, RANGES_FILE), { keep, form }), name);
}

/** @throws CspcamError that tells what to do */
export function expectRanges(folder: ModelFolder): void {
  if (hasRanges(folder)) return;
  throw new CspcamError(
    folder.description.precision === 'int8'
      ? `expected ${RANGES_FILE} in ${folder.directory}, received a model that an earlier version made int8, which is wrong on some processors: quantize it again (cspcam models quantize)`
      : `expected ${RANGES_FILE} in ${folder.directory} for int8, received none (cspcam models quantize writes it)`,
  );
}
