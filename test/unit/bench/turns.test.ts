// A case in two scenarios, and a signal while the first one is opened -> the signal's reason, and the second is not opened.

import { expect, test } from 'vitest';
import { measureInTurns } from '../../../agent/bench/turns.js';
import { readModelFolder } from '../../../models/folder/folder.js';
import { brightModel } from '../../support/bright-model.js';

test('a signal while detectors are being opened ends it there', async () => {
  const folder = await readModelFolder(await brightModel());
  const { width, height } = folder.description.input;
  const execution = { sessions: 1, threads: 1 };
  const how = { precision: 'fp32', provider: 'cpu', weights: 'random' } as const;
  const subject = { model: 'bright', size: width, ...how, latency: execution, throughput: execution, folder };
  const interrupted = new AbortController();
  let asked = 0;
  const measured = measureInTurns([subject], ['single', 'offline'], {
    seconds: () => 0.1,
    picture: async () => {
      asked++;
      interrupted.abort(new Error('enough'));
      return new ArrayBuffer(3 * width * height);
    },
    signal: interrupted.signal,
    nowMs: () => performance.now(),
    onStep: () => {},
  });
  await expect(measured).rejects.toThrow('enough');
  expect(asked).toBe(1);
});
