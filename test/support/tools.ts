// Programs and packages that some tests need -> whether they are here. Whoever asks for all of them to be here (CI)
// gets an error in place of a skipped test: `scripts/setup --tests` installs each that the system has.

import { spawnSync } from 'node:child_process';

/** Debian's packages belong to Debian's Python; PYTHON names another that has them. */
export const PYTHON = process.env['PYTHON'] ?? '/usr/bin/python3';

const mustBeHere = process.env['CI'] === 'true' || process.env['CSPCAM_REQUIRE_TOOLS'] === '1';

/** @throws where it is not here and must be */
export function isHere(what: string, found: boolean): boolean {
  if (!found && mustBeHere)
    throw new Error(`expected ${what} for the tests, received none; scripts/setup --tests installs it`);
  return found;
}

export function hasProgram(name: string, ...args: readonly string[]): boolean {
  return isHere(name, spawnSync(name, args).status === 0);
}

export function hasPythonPackage(name: string): boolean {
  return isHere(`Python's ${name}`, spawnSync(PYTHON, ['-c', `import ${name}`]).status === 0);
}
