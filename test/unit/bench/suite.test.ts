// The suites of the package, and files that are none.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { noisePicture, readSuite, rowsOfSuite, suiteNames } from '../../../agent/bench/suite.js';
import { CATALOGUE } from '../../../models/networks/catalogue.js';

/** As `sha256sum agent/bench/suites/*.json` prints them. A suite that was published does not change: a new one is a new file. */
const PUBLISHED = {
  'edge-1': '3482fc7dee71744f3213e2c5c6a0e2e2c6d4576b2860e763e6f25ca02980b85f',
};

test('published suites are as they were', async () => {
  expect(suiteNames()).toEqual(Object.keys(PUBLISHED));
  for (const [name, sum] of Object.entries(PUBLISHED)) {
    const { definition, sha256 } = await readSuite(name);
    expect([definition.name, sha256]).toEqual([name, sum]);
  }
});

test('edge-1 names detectors of the catalogue, and its parts networks of it', async () => {
  const { definition } = await readSuite('edge-1');
  const names = definition.networks.map(({ name }) => name);
  for (const name of names) expect(CATALOGUE.find((one) => one.name === name)?.task).toBe('detection');
  for (const part of ['multistream', 'coldstart', 'layers'] as const)
    expect(names).toEqual(expect.arrayContaining(definition[part].networks));
  const rows = rowsOfSuite(definition);
  expect(new Set(rows).size).toBe(rows.length);
  expect(rows).toEqual(
    expect.arrayContaining([
      'yolov4-tiny 416 int8 offline',
      'csppeleenet-efm-sam 416 fp32 multistream',
      'csppeleenet-efm-sam 416 int8 coldstart kept',
      'csppeleenet-efm-sam 416 fp32 layers',
    ]),
  );
});

test('pictures are the same everywhere, and fill the input', () => {
  const picture = noisePicture({ width: 4, height: 2 }, 1);
  expect(picture.length).toBe(24);
  // splitmix32 of seed 1, its upper bytes.
  expect([...picture.slice(0, 4)]).toEqual([94, 20, 210, 179]);
  expect(noisePicture({ width: 4, height: 2 }, 2)).not.toEqual(picture);
});

test.each([
  ['edge-0', undefined, 2, 'expected one of edge-1, or a file NAME.json for --suite, received edge-0'],
  ['missing.json', undefined, 1, 'expected a readable file for missing.json, received ENOENT'],
  ['a.json', '{}', 1, 'expected the definition of a suite'],
  ['a.json', 'no JSON', 1, 'expected the definition of a suite'],
])('%s holding %j is refused', async (name, text, exitCode, message) => {
  const file = text === undefined ? name : join(mkdtempSync(join(tmpdir(), 'suite-')), name);
  if (text !== undefined) writeFileSync(file, text);
  await expect(readSuite(file)).rejects.toMatchObject({
    exitCode,
    message: expect.stringContaining(message),
  });
});
