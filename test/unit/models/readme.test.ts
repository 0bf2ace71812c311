// README -> says what the schema and the folders are.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { modelDescription } from '../../../models/folder/description.js';

const models = join(import.meta.dirname, '../../../models');
const readme = readFileSync(join(models, 'README.md'), 'utf8');

/** First cells of the table below the header `| <column> |`. */
function column(name: string): string[] {
  const table = new RegExp(`^\\| ${name} +\\|.*\\n\\|.*\\n((?:\\|.*\\n)+)`, 'm').exec(readme)![1]!;
  return [...table.matchAll(/^\| `(\w+)`/gm)].map(([, cell]) => cell!);
}

test('every key of model.json', () => {
  expect(column('key')).toEqual(Object.keys(modelDescription.shape));
});

test('every folder', () => {
  const folders = readdirSync(models, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  // The networks have a README of their own, and the weights that come along a model card each.
  const elsewhere = ['networks', 'default', 'small'];
  expect(column('folder').sort()).toEqual(
    folders.map(({ name }) => name).filter((name) => !elsewhere.includes(name)),
  );
});
