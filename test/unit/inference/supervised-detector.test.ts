// Detectors that fail, hang or do not open -> when another is opened, and what callers see.

import { expect, test } from 'vitest';
import { Parts } from '#common/part.js';
import { SupervisedDetector } from '../../../agent/inference/supervised-detector.js';
import type { Detector, DetectorResult } from '../../../models/runtime/detector.js';

const result = (pixels: ArrayBuffer): DetectorResult => ({
  inputBoxes: [],
  pixels,
  inferenceMs: 1,
  decodeMs: 1,
});

type Behaviour = 'works' | 'fails' | 'hangs' | 'does not open';

/** Fakes: one for each opening, in the order of `behaviours`; the last one stays. */
async function detectors(...behaviours: Behaviour[]) {
  const seen = { opened: 0, closed: 0, failures: [] as string[], nowMs: 0 };
  const detector = new SupervisedDetector({
    open: async () => {
      const behaviour = behaviours[Math.min(seen.opened++, behaviours.length - 1)]!;
      if (behaviour === 'does not open') throw new Error('no memory');
      const fake: Detector = {
        model: undefined as never,
        provider: 'fake',
        network: { precision: 'fp32', reason: 'a test' },
        sessions: 1,
        detect: (pixels) => {
          if (behaviour === 'hangs') return new Promise(() => {});
          return behaviour === 'fails' ? Promise.reject(new Error('boom')) : Promise.resolve(result(pixels));
        },
        close: async () => {
          seen.closed++;
        },
      };
      return fake;
    },
    timeoutMs: 30,
    nowMs: () => seen.nowMs,
    random: () => 1,
    onFailure: ({ message }, retryInMs) => seen.failures.push(`${message} ${retryInMs}`),
  });
  await detector.start(new AbortController().signal);
  const detect = () =>
    detector.detect(new ArrayBuffer(1)).then(
      () => 'ok',
      (error: Error) => error.message,
    );
  return { detector, detect, seen };
}

test('a working one is opened once', async () => {
  const { detect, seen } = await detectors('works');
  expect([await detect(), await detect()]).toEqual(['ok', 'ok']);
  expect(seen).toMatchObject({ opened: 1, failures: [] });
});

test('the first opening may fail: a wrong model is no passing trouble', async () => {
  await expect(detectors('does not open')).rejects.toThrow('no memory');
});

test('frames are refused until the wait is over, then another is opened', async () => {
  const { detect, seen } = await detectors('fails', 'works');
  expect(await detect()).toBe('boom');
  expect(await detect()).toContain('not opened anew yet');
  expect(seen).toMatchObject({ opened: 1, closed: 1, failures: ['boom 200'] });
  seen.nowMs = 200;
  expect(await detect()).toBe('ok');
  expect(seen.opened).toBe(2);
});

test('the wait grows, and a success ends it', async () => {
  const { detect, seen } = await detectors('fails', 'does not open', 'fails', 'works', 'fails');
  for (let tries = 0; tries < 4; tries++) {
    await detect();
    seen.nowMs += 10_000;
  }
  expect(seen.failures).toEqual(['boom 200', 'no memory 400', 'boom 800']);
});

test('of several frames asked at once a failure counts once, and one detector is opened for all', async () => {
  const { detect, seen } = await detectors('fails', 'works');
  expect(await Promise.all([detect(), detect()])).toEqual(['boom', 'boom']);
  expect(seen).toMatchObject({ closed: 1, failures: ['boom 200'] });
  seen.nowMs = 200;
  expect(await Promise.all([detect(), detect(), detect()])).toEqual(['ok', 'ok', 'ok']);
  expect(seen.opened).toBe(2);
});

test('one that hangs counts as failed', async () => {
  const { detect, seen } = await detectors('hangs', 'works');
  expect(await detect()).toBe('expected an answer within 0.03 s for the detector, received none');
  seen.nowMs = 1000;
  expect(await detect()).toBe('ok');
});

test('once stopped, a failure opens nothing', async () => {
  const { detector, detect, seen } = await detectors('fails');
  await detector.stop();
  expect(await detect()).toBe('expected a detector, which has been stopped');
  expect(seen).toMatchObject({ opened: 1, closed: 1, failures: [] });
});

/** An opening that the test ends, as `open` of a detector does: with its detector, or with the reason of the signal. */
function slowOpening() {
  const seen = { opened: 0, closed: 0 };
  const openings: ((heedsAbort: boolean) => void)[] = [];
  const detector = new SupervisedDetector({
    open: (signal) =>
      new Promise((resolve, reject) => {
        openings.push((heedsAbort) => {
          if (heedsAbort && signal.aborted) return reject(signal.reason);
          seen.opened++;
          resolve({ close: async () => void seen.closed++ } as unknown as Detector);
        });
      }),
    timeoutMs: 30,
    nowMs: () => 0,
    random: () => 1,
    onFailure: () => {},
  });
  return { detector, openings, seen };
}

test.each([
  ['by its signal, heeded', true, true],
  ['by its signal, too late', true, false],
  ['by stop(), heeded', false, true],
  ['by stop(), too late', false, false],
])('a start that is aborted %s leaves nothing open', async (_, bySignal, heedsAbort) => {
  const { detector, openings, seen } = slowOpening();
  const abort = new AbortController();
  const parts = new Parts({ detector }, (_part, error) => {
    throw error;
  });
  const starting = parts.start(abort.signal);
  const stopping = bySignal ? undefined : parts.stop();
  if (bySignal) abort.abort(new Error('SIGTERM'));
  openings[0]!(heedsAbort);
  await expect(starting).rejects.toThrow(bySignal ? 'SIGTERM' : 'stopped before everything was started');
  await stopping;
  expect(seen).toEqual(heedsAbort ? { opened: 0, closed: 0 } : { opened: 1, closed: 1 });
});

test('one that is being opened anew is closed as well', async () => {
  const seen = { opened: 0, closed: 0 };
  let nowMs = 0;
  let finishOpening = () => {};
  const detector = new SupervisedDetector({
    open: () =>
      new Promise((resolve) => {
        const opened = () => {
          seen.opened++;
          const detect = () => Promise.reject(new Error('boom'));
          resolve({ detect, close: async () => void seen.closed++ } as unknown as Detector);
        };
        if (seen.opened === 0) opened();
        else finishOpening = opened;
      }),
    timeoutMs: 30,
    // However long the wait, it is over at the next look.
    nowMs: () => {
      nowMs += 60_000;
      return nowMs;
    },
    random: () => 0,
    onFailure: () => {},
  });
  await detector.start(new AbortController().signal);
  await expect(detector.detect(new ArrayBuffer(1))).rejects.toThrow('boom');
  const frame = detector.detect(new ArrayBuffer(1));
  const stopping = detector.stop();
  finishOpening();
  await expect(frame).rejects.toThrow('has been stopped');
  await stopping;
  expect(seen).toEqual({ opened: 2, closed: 2 });
});
