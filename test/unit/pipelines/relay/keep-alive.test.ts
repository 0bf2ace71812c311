// The Session header of a camera -> its name and time limit.

import { expect, test } from 'vitest';
import { readSession } from '../../../../pipelines/relay/keep-alive.js';

test.each<[string | undefined, ReturnType<typeof readSession>]>([
  ['12345678', { id: '12345678', timeoutMs: 60_000 }],
  ['12345678;timeout=1', { id: '12345678', timeoutMs: 1000 }],
  [' a-b.c ; Timeout = 30 ; x=y', { id: 'a-b.c', timeoutMs: 30_000 }],
  ['1;timeout=0', { id: '1', timeoutMs: 60_000 }],
  ['1;timeout=-5', { id: '1', timeoutMs: 60_000 }],
  ['1;timeout=99999999999', { id: '1', timeoutMs: 60_000 }],
  ['', undefined],
  [undefined, undefined],
])('%s', (header, session) => {
  expect(readSession(header)).toEqual(session);
});
