// Frames that were looked at while a picture of an earlier one is made -> what was found on that one is still known.

import { expect, test } from 'vitest';
import { Memory } from '../../../agent/page/live/memory.js';
import type { FrameReport } from '../../../agent/telemetry/reports.js';

const PICTURE_LIMIT_MS = 5000;
const FASTEST_CAMERA_FPS = 30;

const reportOf = (sequence: number) => ({ frame: { source: 'porch', sequence } }) as FrameReport;

test('a picture that takes as long as it may is shown with its boxes', () => {
  const memory = new Memory();
  const later = (PICTURE_LIMIT_MS / 1000) * FASTEST_CAMERA_FPS;
  for (let sequence = 0; sequence <= later; sequence++) memory.addReport(reportOf(sequence));
  expect(memory.reportOf('porch', 0)).toEqual(reportOf(0));
});

test('and what was found long ago is not kept', () => {
  const memory = new Memory();
  for (let sequence = 0; sequence <= 1000; sequence++) memory.addReport(reportOf(sequence));
  expect(memory.reportOf('porch', 0)).toBeUndefined();
});
