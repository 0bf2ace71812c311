// Small trees that break one rule each -> what dependency-cruiser says of them; that the house keeps the rules is
// what `npm run lint` shows.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import { expect, onTestFinished, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const { default: rules, places } = (await import(`${root}/.dependency-cruiser.mjs`)) as {
  default: Required<Pick<IConfiguration, 'forbidden' | 'options'>>;
  places: readonly string[];
};

type Files = Readonly<Record<string, string>>;

/** @returns names of the rules that the files break */
async function broken(files: Files): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'rules-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const { tsConfig, ...options } = rules.options;
  const { output } = await cruise(Object.keys(files), {
    ...options,
    baseDir: folder,
    ruleSet: { forbidden: rules.forbidden },
    validate: true,
  });
  const { violations } = (output as ICruiseResult).summary;
  return [...new Set(violations.map(({ rule }) => rule.name))].sort();
}

const value = 'export const value = 1;\n';
const type = 'export interface Type { readonly value: number }\n';
/** Two files, of which the first imports the second. */
const pair = (from: string, to: string, statement = 'import { value }'): Files => {
  const up = '../'.repeat(from.split('/').length - 1) || './';
  return { [from]: `${statement} from '${up}${to.replace(/\.ts$/, '.js')}';\n`, [to]: value + type };
};

test.each<[string, Files, string[]]>([
  ['a value from a room below', pair('agent/bench/run.ts', 'models/runtime/open.ts'), []],
  ['the common floor', pair('models/weights.ts', 'agent/common/errors.ts'), []],
  ['an agent in the common floor', pair('agent/common/clock.ts', 'agent/agent.ts'), ['ground-floor']],
  ['words that need a word', pair('models/detection.ts', 'models/layers/kind.ts'), ['shared-types']],
  ['networks that know video', pair('models/runtime/pool.ts', 'pipelines/frame.ts'), ['models-alone']],
  [
    'the same by type',
    pair('models/runtime/pool.ts', 'pipelines/frame.ts', 'import type { Type }'),
    ['models-alone'],
  ],
  ['video that knows the agent', pair('pipelines/open.ts', 'agent/agent.ts'), ['pipelines-alone']],
  ['messages that start a camera', pair('agent/messaging/a.ts', 'pipelines/open.ts'), ['outside-by-types']],
  [
    'messages that tell of one',
    pair('agent/messaging/a.ts', 'pipelines/open.ts', 'import { type Type }'),
    [],
  ],
  ['words of a failure', pair('agent/messaging/a.ts', 'pipelines/failure.ts'), []],
  [
    'figures that know how they are sent',
    pair('agent/telemetry/a.ts', 'agent/messaging/schemas.ts', 'import type { Type }'),
    ['values-before-messages'],
  ],
  ['messages made of figures', pair('agent/messaging/a.ts', 'agent/telemetry/reports.ts'), []],
  [
    'a room that calls a command',
    pair('agent/bench/run.ts', 'agent/cli/command.ts'),
    ['command-line-on-top'],
  ],
  ['a bench that starts an agent', pair('agent/bench/live.ts', 'agent/agent.ts'), ['bench-alone']],
  ['a bench that listens', pair('agent/bench/live.ts', 'agent/messaging/broker/client.ts'), ['bench-alone']],
  [
    'an agent that looks for cameras',
    pair('agent/agent.ts', 'agent/discovery/discover.ts'),
    ['discovery-by-command'],
  ],
  ['an agent that benches', pair('agent/agent.ts', 'agent/bench/running.ts'), []],
  ['an agent that needs a script', pair('agent/agent.ts', 'scripts/bench/a.ts'), ['product-without-tools']],
  ['pure code at an edge', pair('models/decode/nms.ts', 'models/folder/folder.ts'), ['pure-code']],
  ['pure code and its own', pair('models/decode/nms.ts', 'models/decode/boxes.ts'), []],
  [
    'a file that leads back to itself',
    {
      'agent/bench/a.ts': `import { value } from './b.js';
${type}`,
      'agent/bench/b.ts': `import type { Type } from './c.js';
${value}`,
      'agent/bench/c.ts': `export type { Type } from './a.js';
`,
    },
    ['no-circle'],
  ],
  ['pure code with the clock', { 'models/decode/nms.ts': "import 'node:timers';\n" }, ['pure-code']],
  ['pure code with paths', { 'models/decode/nms.ts': "import 'node:path';\n" }, []],
  [
    'a package that is not there',
    { 'agent/agent.ts': "import nothing from 'not-there';\n" },
    ['installed-packages'],
  ],
])('%s', async (_, files, expected) => {
  expect(await broken(files)).toEqual(expected);
});

test.each([
  ['import', "import sharp from 'sharp';\n"],
  ['import of types', "import type { Sharp } from 'sharp';\n"],
  ['import()', "const sharp = await import('sharp');\n"],
  ['require', "const sharp = require('sharp');\n"],
  ['export', "export * from 'sharp';\n"],
])('a package of another owner, by %s', async (_, text) => {
  expect(await broken({ 'agent/agent.ts': text })).toContain('owner-of-sharp');
  expect(await broken({ 'pipelines/images.ts': text })).not.toContain('owner-of-sharp');
});

test('each place that the rules name exists', () => {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  const isThere = (place: string) =>
    files.some((file) => (place.endsWith('/') ? file.startsWith(place) : file === place));
  expect(places.filter((place) => !isThere(place))).toEqual([]);
});
