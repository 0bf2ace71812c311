// Memory in use that can be read, then not -> the figure, then the same one.

import { afterEach, expect, test, vi } from 'vitest';
import { residentBytes } from '../../../agent/telemetry/resident-bytes.js';

afterEach(() => {
  vi.restoreAllMocks();
});

test('without a descriptor for it, what was known last', () => {
  const rss = vi.spyOn(process.memoryUsage, 'rss').mockReturnValue(5e7);
  expect(residentBytes()).toBe(5e7);
  rss.mockImplementation(() => {
    throw new Error('EMFILE: too many open files, uv_resident_set_memory');
  });
  expect(residentBytes()).toBe(5e7);
});
