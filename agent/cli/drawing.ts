// SVG + the name of a file -> the file, as SVG or PNG by its extension.

import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { expected, misused } from '#common/errors.js';
import { writeSvgAsPng } from '../../pipelines/images.js';

/**
 * @param file of `--plot`
 * @throws UsageError for another extension, CspcamError for a place that cannot be written
 */
export async function writeDrawing(svg: string, file: string): Promise<void> {
  const format = extname(file).toLowerCase();
  if (format === '.png') return writeSvgAsPng(svg, file);
  if (format !== '.svg') throw misused('a name that ends in .svg or .png', '--plot', file);
  await writeFile(file, svg).catch((error: NodeJS.ErrnoException) => {
    throw expected('a place that can be written', file, error.code ?? error.message, error);
  });
}
