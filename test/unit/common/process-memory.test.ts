// What the kernel says of a process -> its memory.

import { expect, test } from 'vitest';
import { residentIn } from '#common/process-memory.js';

test('resident memory is that of any size of pages', () => {
  expect(residentIn('Name:\tnode\nVmHWM:\t  400 kB\nVmRSS:\t   1234 kB\nRssAnon:\t 9 kB\n')).toBe(
    1234 * 1024,
  );
  expect(residentIn('')).toBe(0);
});
