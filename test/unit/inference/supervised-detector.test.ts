// Detectors that fail, hang or do not open -> when another is opened, and what callers see.

import { expect, test } from 'vitest';
import { Parts } from '#common/part.js';
import { SupervisedDetector } from '../../../agent/inference/supervised-detector.js';
import type { ModelDescription } from '../../../models/folder/description.js';
import type { Detector, DetectorResult } from '../../../models/runtime/detector.js';

const result = (pixels: ArrayBuffer): DetectorResult => ({
  inputBoxes: [],
  pixels,
  inferenceMs: 1,
  decodeMs: 1,
});

type Behaviour =
  | 'works'
  | 'fails'
  | 'hangs'
  | 'does not open'
  | 'hangs while it opens'
  | 'is short of memory';

const LIMITS = { firstMs: 30, leastMs: 30 };

/** All that is asked of the description: how long a frame is. */
const ONE_PIXEL = { input: { width: 1, height: 1 } } as ModelDescription;

/** Fakes: one for each opening, in the order of `behaviours`; the last one stays. */
async function detectors(...behaviours: Behaviour[]) {
  const seen = { opened: 0, closed: 0, failures: [] as string[], nowMs: 0 };
  const detector = new SupervisedDetector({
    open: async () => {
      const behaviour = behaviours[Math.min(seen.opened++, behaviours.length - 1)]!;
      if (behaviour === 'does not open') throw new Error('no such thing');
      if (behaviour === 'hangs while it opens') return new Promise(() => {});
      const fake: Detector = {
        model: ONE_PIXEL,
        provider: 'fake',
        network: { precision: 'fp32', reason: 'a test' },
        sessions: 1,
        detect: (pixels) => {
          if (behaviour === 'hangs') return new Promise(() => {});
          if (behaviour === 'is short of memory') return Promise.reject(new Error('std::bad_alloc'));
          return behaviour === 'fails' ? Promise.reject(new Error('boom')) : Promise.resolve(result(pixels));
        },
        close: async () => {
          if (behaviour === 'hangs') await new Promise(() => {});
          seen.closed++;
        },
      };
      return fake;
    },
    limits: LIMITS,
    nowMs: () => seen.nowMs,
    random: () => 1,
    onFailure: ({ message }, failure, retryInMs) => seen.failures.push(`${message} ${failure} ${retryInMs}`),
    onRecovery: () => seen.failures.push('works'),
  });
  await detector.start(new AbortController().signal);
  const detect = () =>
    detector.detect(new ArrayBuffer(3)).then(
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
  await expect(detectors('does not open')).rejects.toThrow('no such thing');
});

test('frames are refused until the wait is over, then another is opened', async () => {
  const { detect, seen } = await detectors('fails', 'works');
  expect(await detect()).toBe('boom');
  expect(await detect()).toContain('not opened anew yet');
  expect(seen).toMatchObject({ opened: 1, closed: 1, failures: ['boom other 200'] });
  seen.nowMs = 200;
  expect(await detect()).toBe('ok');
  expect(seen.opened).toBe(2);
});

test('the wait grows to 8 s, and a success ends it', async () => {
  const { detect, seen } = await detectors(
    ...([
      'fails',
      'does not open',
      'fails',
      'is short of memory',
      'fails',
      'fails',
      'fails',
      'works',
    ] as const),
  );
  for (let tries = 0; tries < 9; tries++) {
    await detect();
    seen.nowMs += 10_000;
  }
  expect(seen.failures).toEqual([
    'boom other 200',
    'no such thing other 400',
    'boom other 800',
    'std::bad_alloc memory 1600',
    'boom other 3200',
    'boom other 6400',
    'boom other 8000',
    'works',
  ]);
});

test('of several frames asked at once a failure counts once, and one detector is opened for all', async () => {
  const { detect, seen } = await detectors('fails', 'works');
  expect(await Promise.all([detect(), detect()])).toEqual(['boom', 'boom']);
  expect(seen).toMatchObject({ closed: 1, failures: ['boom other 200'] });
  seen.nowMs = 200;
  expect(await Promise.all([detect(), detect(), detect()])).toEqual(['ok', 'ok', 'ok']);
  expect(seen.opened).toBe(2);
});

test('one that hangs counts as failed, with its frames and with its opening', async () => {
  const { detect, seen } = await detectors('hangs', 'hangs while it opens', 'works');
  const late = 'expected an answer within 0.03 s for the detector, received none';
  expect(await Promise.all([detect(), detect()])).toEqual([late, late]);
  seen.nowMs = 1000;
  expect(await detect()).toBe('expected an opening within 0.12 s for the detector, received none');
  seen.nowMs = 2000;
  expect(await detect()).toBe('ok');
  expect(seen.failures).toEqual([`${late} hung 200`, expect.stringMatching(/ hung 400$/), 'works']);
});

test('threads that hang for ever are left to themselves, up to three', async () => {
  const { detect, seen } = await detectors('hangs');
  for (let tries = 0; tries < 4; tries++) {
    const failure = await detect();
    expect(failure).toMatch(tries < 3 ? /^expected an answer/ : /^4 inference threads hang$/);
    seen.nowMs += 10_000;
  }
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
    limits: LIMITS,
    nowMs: () => 0,
    random: () => 1,
    onFailure: () => {},
    onRecovery: () => {},
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
          resolve({
            model: ONE_PIXEL,
            detect,
            close: async () => void seen.closed++,
          } as unknown as Detector);
        };
        if (seen.opened === 0) opened();
        else finishOpening = opened;
      }),
    limits: LIMITS,
    // However long the wait, it is over at the next look.
    nowMs: () => {
      nowMs += 60_000;
      return nowMs;
    },
    random: () => 0,
    onFailure: () => {},
    onRecovery: () => {},
  });
  await detector.start(new AbortController().signal);
  await expect(detector.detect(new ArrayBuffer(3))).rejects.toThrow('boom');
  const frame = detector.detect(new ArrayBuffer(3));
  const stopping = detector.stop();
  finishOpening();
  await expect(frame).rejects.toThrow('has been stopped');
  await stopping;
  expect(seen).toEqual({ opened: 2, closed: 2 });
});

/** A detector that answers when the test says so. */
function heldDetector(name: string) {
  const answers: (() => void)[] = [];
  const seen = { closed: 0 };
  const detector = {
    ...{ model: ONE_PIXEL, provider: name, sessions: 1 },
    detect: (pixels: ArrayBuffer) =>
      new Promise<DetectorResult>((resolve) => {
        answers.push(() => resolve({ ...result(pixels), inferenceMs: name.length }));
      }),
    close: async () => void seen.closed++,
  } as unknown as Detector;
  return { detector, answers, seen };
}

async function supervised(open: () => Promise<Detector>) {
  let looks = 0;
  const failures: string[] = [];
  const detector = new SupervisedDetector({
    ...{ open, random: () => 0, onRecovery: () => {} },
    // However long the wait, it is over at the next look.
    nowMs: () => 60_000 * looks++,
    onFailure: ({ message }) => failures.push(message),
  });
  await detector.start(new AbortController().signal);
  return { detector, failures };
}

test('another one in its place: what was asked is answered by the one that was asked, which then is closed', async () => {
  const [before, after] = [heldDetector('before'), heldDetector('after')];
  const { detector } = await supervised(async () => before.detector);
  const first = detector.detect(new ArrayBuffer(3));
  const replaced = detector.replace(after.detector, async () => after.detector, 0);
  const second = detector.detect(new ArrayBuffer(3));
  expect([detector.provider, before.answers.length, after.answers.length]).toEqual(['after', 1, 1]);
  after.answers[0]!();
  expect((await second).inferenceMs).toBe('after'.length);
  expect(before.seen.closed).toBe(0);
  before.answers[0]!();
  expect((await first).inferenceMs).toBe('before'.length);
  await replaced;
  expect([before.seen.closed, after.seen.closed]).toEqual([1, 0]);
  await detector.stop();
  expect(after.seen.closed).toBe(1);
});

test('one that is opened anew while it is replaced is closed, and frames of another size are no failure', async () => {
  const [broken, late, after] = [heldDetector('broken'), heldDetector('late'), heldDetector('after')];
  let opened = (_: Detector) => {};
  const openings = [
    Promise.resolve({ ...broken.detector, detect: () => Promise.reject(new Error('boom')) }),
    new Promise<Detector>((resolve) => {
      opened = resolve;
    }),
  ];
  const { detector, failures } = await supervised(() => openings.shift()!);
  await expect(detector.detect(new ArrayBuffer(3))).rejects.toThrow('boom');
  const waiting = expect(detector.detect(new ArrayBuffer(3))).rejects.toThrow('replaced while it was opened');
  await detector.replace(after.detector, async () => after.detector, 0);
  opened(late.detector);
  await waiting;
  expect([late.seen.closed, detector.provider]).toEqual([1, 'after']);
  await expect(detector.detect(new ArrayBuffer(12))).rejects.toThrow('expected a frame of 1 x 1');
  const fits = detector.detect(new ArrayBuffer(3));
  after.answers[0]!();
  await fits;
  expect([failures, after.seen.closed]).toEqual([['boom'], 0]);
});

test('how long an opening may take goes by the one that answers now', async () => {
  const { detector, detect, seen } = await detectors('works');
  const fails = { ...heldDetector('fails').detector, detect: () => Promise.reject(new Error('boom')) };
  await detector.replace(fails, () => new Promise(() => {}), 20);
  expect(await detect()).toBe('boom');
  seen.nowMs = 1000;
  expect(await detect()).toBe('expected an opening within 0.2 s for the detector, received none');
});

test('once stopped it takes no other', async () => {
  const [before, after] = [heldDetector('before'), heldDetector('after')];
  const { detector } = await supervised(async () => before.detector);
  await detector.stop();
  await detector.replace(after.detector, async () => after.detector, 0);
  expect([before.seen.closed, after.seen.closed]).toEqual([1, 1]);
});
