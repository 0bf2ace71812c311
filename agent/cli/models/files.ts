// What the models commands share: reading files and option values, printing.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import { expected } from '../../errors.js';

export async function read(path: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw expected('a readable file', path, error.code ?? error.message, error);
  });
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function inputSize(text: string): number {
  const size = Number(text);
  if (!Number.isInteger(size) || size < 32 || size > 4096 || size % 32 !== 0)
    throw new InvalidArgumentError(`expected a multiple of 32 from 32 to 4096, received ${text}`);
  return size;
}

/** An option's parser for integers. */
export function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`expected an integer from ${least} to ${most}, received ${text}`);
    return value;
  };
}

/** Columns padded to equal width. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
