// What an independent program computes -> a committed file, so that tests need neither the program nor its packages.
// UPDATE_FIXTURES=1 runs the program again; PYTHON names an interpreter that has its packages.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Fixture<Result> {
  readonly input: string;
  readonly result: Result;
}

/**
 * @param file below test/fixtures
 * @param input what the result depends on; another input than the committed one is an error
 * @param job for the script's standard input; may write files into the folder, which is removed afterwards
 */
export function oracle<Result>(
  file: string,
  input: readonly (string | Uint8Array)[],
  script: string,
  job: (folder: string) => object,
): Result {
  const path = join(import.meta.dirname, '../fixtures', file);
  const sum = input.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
  if (process.env.UPDATE_FIXTURES === '1') {
    const fixture: Fixture<Result> = { input: sum, result: runPython(script, job) as Result };
    writeFileSync(path, `${JSON.stringify(fixture)}\n`);
  }
  const fixture = JSON.parse(readFileSync(path, 'utf8')) as Fixture<Result>;
  if (fixture.input !== sum)
    throw new Error(`${file} was made from another input: run again with UPDATE_FIXTURES=1`);
  return fixture.result;
}

function runPython(script: string, job: (folder: string) => object): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'cspcam-oracle-'));
  try {
    const { status, stdout, stderr, error } = spawnSync(
      process.env.PYTHON ?? 'python3',
      [join(import.meta.dirname, script)],
      { input: JSON.stringify(job(folder)), encoding: 'utf8', maxBuffer: 2 ** 28 },
    );
    if (status !== 0) throw error ?? new Error(`${script} failed: ${stderr}`);
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
