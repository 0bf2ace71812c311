// Cases -> their detectors, opened as wanted, one after the other until a signal.

import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import type { Case } from '../../../agent/bench/task.js';
import { measureInTurns, openTask } from '../../../agent/bench/turns.js';
import { readModelFolder } from '../../../models/folder/folder.js';
import { brightModel } from '../../support/bright-model.js';

async function brightCase(wanted: Case['wanted']): Promise<Case> {
  const folder = await readModelFolder(await brightModel());
  const execution = { sessions: 1, threads: 1 };
  const how = { precision: 'fp32', wanted, provider: 'cpu', weights: 'random' } as const;
  const { width: size } = folder.description.input;
  return { model: 'bright', size, ...how, latency: execution, throughput: execution, folder };
}

test.each<[Case['wanted'], string]>([
  ['auto', 'fp32: the model has no ranges for int8 (cspcam models quantize)'],
  ['fp32', 'fp32: it was asked for'],
])('a network is opened in the precision that is wanted: %s', async (wanted, reason) => {
  const { signal } = new AbortController();
  const picture = async () => new ArrayBuffer(0);
  const { detector } = await openTask(await brightCase(wanted), 'single', {
    picture,
    temporary: tmpdir(),
    signal,
  });
  expect(detector.network.reason).toBe(reason);
  await detector.close();
});

test('a signal while detectors are being opened ends it there', async () => {
  const subject = await brightCase('fp32');
  const { width, height } = subject.folder.description.input;
  const interrupted = new AbortController();
  let asked = 0;
  const measured = measureInTurns([subject], ['single', 'offline'], {
    seconds: () => 0.1,
    picture: async () => {
      asked++;
      interrupted.abort(new Error('enough'));
      return new ArrayBuffer(3 * width * height);
    },
    temporary: tmpdir(),
    signal: interrupted.signal,
    nowMs: () => performance.now(),
    onStep: () => {},
  });
  await expect(measured).rejects.toThrow('enough');
  expect(asked).toBe(1);
});
