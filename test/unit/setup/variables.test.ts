// A password to be written and what is known by its name -> the variable that stands for it.

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Draft, withPage } from '../../../agent/setup/draft.js';
import { freeVariable, variablesOf } from '../../../agent/setup/variables.js';

test.each<[what: string, taken: string[], environment: Record<string, string>, variable: string]>([
  ['nothing', [], {}, 'KEY'],
  ['the same value', [], { KEY: 'a%2Fb' }, 'KEY'],
  ['another value', [], { KEY: 'a/b' }, 'KEY_2'],
  ['an empty value', [], { KEY: '' }, 'KEY_2'],
  ['a place in the configuration', ['KEY'], { KEY: 'a%2Fb' }, 'KEY_2'],
  ['both', ['KEY_2'], { KEY: 'a/b' }, 'KEY_3'],
])('%s by its name', (_, taken, environment, variable) => {
  expect(freeVariable('KEY', 'a%2Fb', { taken, environment })).toBe(variable);
});

test('what a service has in its environment counts before what is written for it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'variables-'));
  await writeFile(join(folder, 'environment'), 'PAGE_PASSWORD=one of before\n');
  const draft: Draft = { device: 'porch', mqtt: { url: 'mqtt://10.0.0.5' }, cameras: {}, secrets: {} };
  const page = { port: 8765, password: 'one of today' };
  const variables = variablesOf(join(folder, 'cspcam.yaml'));
  expect(withPage(draft, page, variables)).toMatchObject({
    page: { password: `\${PAGE_PASSWORD_2}` },
    secrets: { PAGE_PASSWORD_2: 'one of today' },
  });
});
