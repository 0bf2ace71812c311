// Templates of Home Assistant and messages -> text, by Jinja itself; nothing where Python has no Jinja.

import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { hasPythonPackage, PYTHON } from './tools.js';

export const hasJinja = hasPythonPackage('jinja2');

/** @throws where a template fails */
export function renderTemplates(all: readonly (readonly [template: string, message: unknown])[]): string[] {
  const { stdout, stderr } = spawnSync(PYTHON, [resolve(import.meta.dirname, 'jinja.py')], {
    input: JSON.stringify(all),
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as (string | { error: string })[]).map((one, i) => {
    if (typeof one === 'string') return one;
    throw new Error(`${all[i]![0]}: ${one.error}`);
  });
}
