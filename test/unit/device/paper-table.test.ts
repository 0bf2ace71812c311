// Predictions for the paper's devices -> how well they order its table 5, and the document that shows them.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { limitsOf } from '../../../agent/device/limits.js';
import { compareWithPaper, paperDocument } from '../../../agent/device/paper-table.js';
import { readProfiles } from '../../../agent/device/profiles.js';

const profiles = await readProfiles();
const named = (name: string) => limitsOf(profiles.find((profile) => profile.name === name)!);
const comparisons = compareWithPaper(named('jetson-tx2'), named('core-i9-9900k'));

test.each(comparisons)('$device: rank correlation of 0.9 or more', ({ rows, rankCorrelation }) => {
  expect(rankCorrelation).toBeGreaterThanOrEqual(0.9);
  expect(rows.length).toBeGreaterThanOrEqual(6);
  // One factor for all: the machine as a whole is off, not some of the networks.
  const ratios = rows.map(({ ratio }) => ratio);
  expect(Math.max(...ratios) / Math.min(...ratios)).toBeLessThan(1.6);
});

test('TABLE-5.md is what the command prints (else: cspcam plan --paper > device-profiles/TABLE-5.md)', () => {
  const file = resolve(import.meta.dirname, '../../../device-profiles/TABLE-5.md');
  expect(readFileSync(file, 'utf8')).toBe(paperDocument(comparisons));
});
