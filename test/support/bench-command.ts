// Arguments -> a finished `cspcam bench`, and its JSON held to the published schema.

import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import type { BenchDocument } from '../../agent/bench/result.js';
import { Cspcam } from './cspcam.js';

const schema = new URL('../../agent/bench/bench.schema.json', import.meta.url);
const isBenchmark = new Ajv2020().compile(JSON.parse(readFileSync(schema, 'utf8')));

export const scratch = () => mkdtempSync(join(tmpdir(), 'bench-'));

/** Every run has its temporary files in a folder of its own. */
export async function bench(...args: string[]) {
  const temporary = scratch();
  const finished = await new Cspcam(['bench', ...args], { TMPDIR: temporary }).finished();
  return { ...finished, left: readdirSync(temporary) };
}

export function parse(text: string): BenchDocument {
  const document = JSON.parse(text) as BenchDocument;
  isBenchmark(document);
  expect(isBenchmark.errors).toBeNull();
  return document;
}
