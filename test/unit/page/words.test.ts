// States as the agent tells them -> words, by the browser's own clock.

import { expect, test } from 'vitest';
import { stateWords } from '../../../agent/page/browser/words.js';
import type { CameraView } from '../../../agent/page/protocol.js';

test.each<[retryInMs: number | undefined, toldAgoMs: number, words: string]>([
  [5000, 0, 'gone – tried again in 5 s'],
  [5000, 2100, 'gone – tried again in 3 s'],
  [5000, 6000, 'gone – is being tried again'],
  [undefined, 0, 'gone – is being tried again'],
])('tried again in %s ms, told %s ms ago: %s', (retryInMs, toldAgoMs, words) => {
  const camera = { state: 'retrying', message: 'gone', retryInMs } as CameraView;
  expect(stateWords(camera, toldAgoMs)).toBe(words);
});
