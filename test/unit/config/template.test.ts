// The schema -> the commented file and the JSON Schema that are made from it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../../agent/config/load.js';
import { configJsonSchema, configFile as schema } from '../../../agent/config/schema.js';
import { configTemplate } from '../../../agent/config/template.js';
import { configFile, SMALLEST } from './files.js';

const COMMITTED = join(import.meta.dirname, '../../../agent/config/config.schema.json');

test('config.schema.json is the schema (else: npm run schema)', () => {
  expect(JSON.parse(readFileSync(COMMITTED, 'utf8'))).toEqual(configJsonSchema());
});

test('the file of config init works as it stands and means the smallest file', async () => {
  expect(await loadConfig(configFile(configTemplate()))).toEqual(await loadConfig(configFile(SMALLEST)));
});

test('taking the # off every key gives a file that only has keys which exclude each other', () => {
  const open = configTemplate().replace(/^( *)#(?! [^ ])/gm, '$1');
  const issues = schema.safeParse(parse(open)).error?.issues ?? [];
  expect(issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
    ['mqtt.embeddedBroker.passwordFile', 'either password or passwordFile, not both'],
    ['mqtt.passwordFile', 'either password or passwordFile, not both'],
    ['mqtt.url', 'an address beginning with mqtts:// or wss://, as tls is set'],
    ['page.passwordFile', 'either password or passwordFile, not both'],
  ]);
});

test('every key is explained or speaks for itself', () => {
  const undescribed: string[] = [];
  const visit = (node: Record<string, unknown>, path: string) => {
    for (const [key, value] of Object.entries(
      (node.properties ?? {}) as Record<string, Record<string, unknown>>,
    )) {
      if (value.description === undefined) undescribed.push(`${path}${key}`);
      visit(value, `${path}${key}.`);
      if (typeof value.additionalProperties === 'object')
        visit(value.additionalProperties as Record<string, unknown>, `${path}${key}.*.`);
    }
  };
  visit(configJsonSchema(), '');
  expect(undescribed).toEqual(['mqtt.embeddedBroker.port', 'log.level']);
});

test('an independent validator reads the JSON Schema', () => {
  const validate = new Ajv2020({ strict: false }).compile(configJsonSchema());
  expect(validate(parse(SMALLEST))).toBe(true);
  expect(validate(parse(SMALLEST.replace('device', 'devise')))).toBe(false);
  expect(validate(parse(SMALLEST.replace('porch', 'a/b')))).toBe(false);
});
