// Detections frame by frame -> what becomes of tracks, told in one scene each.

import { describe, expect, test } from 'vitest';
import { ByteTracker, type ByteTrackerOptions } from '../../../../agent/analytics/tracking/tracker.js';
import type { Detection } from '../../../../models/detection.js';

/** A box 40 wide and 100 high. */
function at(x: number, score = 0.8, label = 'person', y = 100): Detection {
  return { label, classIndex: 0, score, box: [x - 20, y - 50, x + 20, y + 50] };
}

function counter(): () => number {
  let count = 0;
  return () => ++count;
}

const tracker = (options: Partial<ByteTrackerOptions> = {}) =>
  new ByteTracker({ nextId: counter(), ...options });

/** Frames at 10 per second, each with what `found` says of its seconds. */
function play(of: ByteTracker, [from, to]: [number, number], found: (seconds: number) => Detection[]) {
  const frames = Array.from({ length: Math.round((to - from) * 10) }, (_, index) => from + index / 10);
  return frames.map((seconds) => of.update(found(seconds), seconds * 1000));
}

const ids = (update: { tracks: readonly { id: number }[] } | undefined) => update?.tracks.map(({ id }) => id);

describe('beginning', () => {
  test('a track is told of with its third detection, since its first', () => {
    const updates = play(tracker(), [0, 0.4], () => [at(50)]);
    expect(updates.map(({ tracks }) => tracks.length)).toEqual([0, 0, 1, 1]);
    expect(updates[2]!.tracks[0]).toMatchObject({ id: 1, firstSeenMs: 0, lastSeenMs: 200, seen: true });
  });

  test.each([
    ['a sure one is told of at once', 0.95, [1, 1]],
    ['one below startScore never begins', 0.59, [0, 0]],
  ])('%s', (_, score, counts) => {
    const of = tracker();
    play(of, [0, 0.1], () => [at(50, score)]);
    const updates = play(of, [0.1, 1], () => [at(50, score)]);
    expect([updates[0]!.tracks.length, updates.at(-1)!.tracks.length > 0 ? 1 : 0]).toEqual(counts);
  });

  test('detections here and there are nothing', () => {
    const updates = play(tracker(), [0, 3], (seconds) => [at(50 + 200 * ((seconds * 10) % 7))]);
    expect(updates.every(({ tracks, ended }) => tracks.length + ended.length === 0)).toBe(true);
  });

  test('at two frames per second a walker who has left his first box is one track', () => {
    const of = tracker();
    const updates = [0, 1, 2, 3, 4].map((frame) => of.update([at(50 + 45 * frame)], 500 * frame));
    expect(updates.map(ids)).toEqual([[], [], [1], [1], [1]]);
  });

  test('trackers that share a counter share no id', () => {
    const nextId = counter();
    const updates = [tracker({ nextId }), tracker({ nextId })].map((of) =>
      play(of, [0, 0.3], () => [at(50), at(200)]).at(-1),
    );
    expect(updates.map(ids)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });
});

describe('carrying on', () => {
  test('low scores do', () => {
    const updates = play(tracker(), [0, 2], (seconds) => [at(50 + 30 * seconds, seconds < 0.5 ? 0.8 : 0.15)]);
    expect(updates.at(-1)!.tracks).toMatchObject([{ id: 1, seen: true, score: 0.15 }]);
  });

  test('scores below lowScore do not', () => {
    const updates = play(tracker(), [0, 2], (seconds) => [at(50, seconds < 0.5 ? 0.8 : 0.09)]);
    expect(updates.at(-1)!.tracks).toMatchObject([{ id: 1, seen: false, score: 0.8 }]);
  });

  test.each([
    ['do from frame to frame, however far apart', 2, 0, true],
    ['do after a gap', 10, 7, true],
    ['do not bring back what has been lost for longer', 10, 12, false],
  ])('low scores %s', (_, framesPerSecond, missed, isCarriedOn) => {
    const of = tracker();
    const found = [0.8, 0.8, 0.8, ...Array.from({ length: missed }, () => 0), 0.2];
    const updates = found.map((score, frame) => of.update([at(50, score)], (1000 * frame) / framesPerSecond));
    expect(updates.at(-1)!.tracks).toMatchObject([{ id: 1, seen: isCarriedOn }]);
  });

  test('the box of a seen track is its detection', () => {
    const updates = play(tracker(), [0, 1], (seconds) => [at(50 + Math.round(7 * Math.sin(20 * seconds)))]);
    expect(updates.at(-1)!.tracks[0]!.sourceBox).toEqual(at(50 + Math.round(7 * Math.sin(18))).box);
  });

  test('two who pass each other keep their ids', () => {
    const two = (seconds: number) => [at(100 + 80 * seconds), at(420 - 80 * seconds, 0.75)];
    // Where they meet only one is found.
    const found = (seconds: number) =>
      Math.abs(seconds - 2) < 0.25 ? two(seconds).slice(0, 1) : two(seconds);
    const last = play(tracker(), [0, 4], found).at(-1)!.tracks;
    expect(last.map(({ id, sourceBox }) => [id, sourceBox[0] > 250])).toEqual([
      [1, true],
      [2, false],
    ]);
  });

  test('a stranger far off is not taken for one who is lost', () => {
    const updates = play(tracker(), [0, 2], (seconds) => (seconds < 1 ? [at(50)] : [at(130)]));
    expect(ids(updates.at(-1))).toEqual([1, 2]);
  });

  test('one who comes back beside his lost track and steps into it gets his id back', () => {
    const found = (seconds: number) => {
      if (seconds < 1) return [at(50)];
      if (seconds < 1.3) return [];
      return [at(Math.max(50, 90 - 50 * (seconds - 1.3)), 0.8, 'person')];
    };
    const updates = play(tracker({ keepSeconds: 4 }), [0, 4], found);
    expect(updates.some((update) => ids(update)?.includes(2))).toBe(true);
    expect(updates.flatMap(({ ended }) => ended.map(({ id }) => id))).toEqual([2]);
    expect(updates.at(-1)!.tracks).toMatchObject([{ id: 1, seen: true, firstSeenMs: 0 }]);
  });
});

describe('labels', () => {
  const last = (found: (frame: number) => Detection[]) =>
    play(tracker(), [0, 3], (seconds) => found(Math.round(seconds * 10))).at(-1)!.tracks;

  test('a car that is called truck now and then is one car', () => {
    expect(last((frame) => [at(50, 0.7, frame % 3 === 0 ? 'truck' : 'car')])).toMatchObject([
      { id: 1, label: 'car' },
    ]);
  });

  test('votes weigh by score', () => {
    const found = (frame: number) => (frame % 3 === 0 ? [at(50, 0.89, 'truck')] : [at(50, 0.3, 'car')]);
    expect(last(found)).toMatchObject([{ id: 1, label: 'truck' }]);
  });

  test('a car found as car and as truck in the same frame is one car', () => {
    const found = (frame: number) => [at(50, 0.8, 'car'), at(50 + (frame % 3), 0.7, 'truck')];
    expect(last(found)).toMatchObject([{ id: 1, label: 'car' }]);
  });

  test('a person and the bicycle beneath are two, and neither takes over the other', () => {
    const found = (frame: number) =>
      frame < 15 ? [at(50, 0.8), at(50, 0.7, 'bicycle')] : [at(50, 0.7, 'bicycle')];
    expect(last(found)).toMatchObject([
      { id: 1, label: 'person', seen: false },
      { id: 2, label: 'bicycle', seen: true },
    ]);
  });

  test('groups are an option', () => {
    const found = () => [at(50, 0.8, 'helmet')];
    const of = tracker({ labelGroups: [['helmet', 'hat']] });
    play(of, [0, 1], found);
    const updates = play(of, [1, 3], () => [at(50, 0.8, 'hat')]);
    expect(updates.at(-1)!.tracks).toMatchObject([{ id: 1, label: 'hat' }]);
  });
});

describe('losing', () => {
  test.each([2, 10, 30])('a track waits 2 s for its detection at %i frames per second', (framesPerSecond) => {
    const of = tracker();
    const seen = 2 * framesPerSecond;
    const ended: number[] = [];
    for (let frame = 0; frame <= 6 * framesPerSecond; frame++) {
      const atMs = (1000 * frame) / framesPerSecond;
      const update = of.update(frame <= seen ? [at(50)] : [], atMs);
      if (update.ended.length > 0) ended.push(atMs);
    }
    expect(ended).toEqual([4000 + 1000 / framesPerSecond]);
  });

  test('while lost it is expected where it was heading, and found there', () => {
    const updates = play(tracker(), [0, 3], (seconds) =>
      seconds > 1 && seconds < 2.2 ? [] : [at(50 + 60 * seconds)],
    );
    const lost = updates[20]!.tracks[0]!;
    expect(lost).toMatchObject({ seen: false, lastSeenMs: 1000 });
    expect(lost.sourceBox[0]).toBeCloseTo(150, -1);
    expect(updates.at(-1)!.tracks).toMatchObject([{ id: 1, seen: true }]);
  });

  test('no track outlives a pause of the camera: who stands there then is somebody else', () => {
    const of = tracker();
    play(of, [0, 1], () => [at(50)]);
    const after = play(of, [4, 4.3], () => [at(50)]);
    expect(after[0]).toMatchObject({ tracks: [], ended: [{ id: 1, lastSeenMs: 900 }] });
    expect(ids(after.at(-1))).toEqual([2]);
  });

  test('a short pause is none', () => {
    const of = tracker();
    play(of, [0, 1], (seconds) => [at(50 + 60 * seconds)]);
    expect(play(of, [2.5, 2.8], (seconds) => [at(50 + 60 * seconds)]).map(ids)).toEqual([[1], [1], [1]]);
  });

  test('clear ends all tracks at once, and their ids do not come back', () => {
    const of = tracker();
    play(of, [0, 1], () => [at(50)]);
    expect(of.clear()).toMatchObject({ tracks: [], ended: [{ id: 1 }] });
    expect(of.clear()).toEqual({ tracks: [], ended: [] });
    expect(ids(play(of, [1, 1.3], () => [at(50)]).at(-1))).toEqual([2]);
  });

  test('a track that was never told of ends in silence', () => {
    const updates = play(tracker(), [0, 5], (seconds) => (seconds < 0.2 ? [at(50)] : []));
    expect(updates.every(({ tracks, ended }) => tracks.length + ended.length === 0)).toBe(true);
  });
});

describe('odd input', () => {
  test('a frame from before the last counts as of its time', () => {
    const of = tracker();
    play(of, [0, 1], () => [at(50)]);
    expect(of.update([], 100).tracks).toMatchObject([{ id: 1, seen: false, lastSeenMs: 900 }]);
    expect(of.update([at(50)], 0).tracks).toMatchObject([{ id: 1, seen: true, lastSeenMs: 900 }]);
  });

  test('boxes without area are no detections', () => {
    const nothing: Detection = { label: 'person', classIndex: 0, score: 0.95, box: [5, 5, 5, 80] };
    expect(tracker().update([nothing], 0).tracks).toEqual([]);
  });

  test('what goes in is not changed, and the same again gives the same', () => {
    const frames = Array.from({ length: 30 }, (_, frame) => [at(50 + frame, 0.3), at(300 - frame)]);
    const before = structuredClone(frames);
    const run = () => {
      const of = tracker();
      return frames.map((detections, frame) => of.update(detections, frame * 70));
    };
    expect(run()).toEqual(run());
    expect(frames).toEqual(before);
  });
});

describe('frames that nobody looked at, for nothing moved', () => {
  /** Seen for a second at 10 frames per second, then once a second. */
  const still = (found: (look: number) => Detection[], unchangedMs: number, keepSeconds = 0.5) => {
    const of = tracker({ keepSeconds });
    play(of, [0, 1], () => [at(50)]);
    return [1, 2, 3, 4].map((look) => of.update(found(look), 900 + 1000 * look, unchangedMs));
  };

  test('what stands still keeps its track, however short keepSeconds is', () => {
    const updates = still(() => [at(50)], 900);
    expect(updates.map(ids)).toEqual([[1], [1], [1], [1]]);
    expect(updates.at(-1)!.tracks[0]).toMatchObject({ firstSeenMs: 0, lastSeenMs: 4900 });
    // Without it every look is after a pause, and begins anew.
    expect(still(() => [at(50)], 0).map(ids)).toEqual([[], [], [], []]);
  });

  test('what is missed at one look is found again, what is missed for longer than keepSeconds has gone', () => {
    expect(still((look) => (look === 2 ? [] : [at(50)]), 900, 1.5).map(ids)).toEqual([[1], [1], [1], [1]]);
    const gone = still((look) => (look < 2 ? [at(50)] : []), 900, 1.5);
    expect(gone.map(({ ended }) => ended.length)).toEqual([0, 0, 0, 1]);
  });
});

describe('what only second looks show', () => {
  const AROUND = { x: 0, y: 0, width: 400, height: 400 };
  const ELSEWHERE = { x: 1000, y: 0, width: 400, height: 400 };
  const small = (look?: 'second'): Detection => ({ ...at(200), ...(look && { look }) });

  /** A look a second at it, and frames ten times a second. @returns tracks of each frame */
  function everySecond(seconds: number, windowsAt: (tenth: number) => readonly (typeof AROUND)[]) {
    const of = tracker();
    return Array.from({ length: seconds * 10 }, (_, tenth) => {
      const windows = windowsAt(tenth);
      const isSeen = tenth % 10 === 0 && windows.includes(AROUND);
      return of.update(isSeen ? [small('second')] : [], tenth * 100, 0, windows);
    });
  }

  test('is one track over looks a second apart, which goes on between them', () => {
    const updates = everySecond(6, (tenth) => (tenth % 10 === 0 ? [AROUND] : []));
    expect(updates.slice(21).map(ids)).toEqual(Array(39).fill([1]));
    expect(updates.flatMap(({ ended }) => ended)).toEqual([]);
  });

  test('looks elsewhere do not end it; looks at it that do not show it do', () => {
    const of = tracker();
    for (const tenth of [0, 1, 2]) of.update([small('second')], tenth * 100, 0, [AROUND]);
    for (let tenth = 3; tenth < 40; tenth++)
      expect(ids(of.update([], tenth * 100, 0, [ELSEWHERE]))).toEqual([1]);
    const updates = Array.from({ length: 25 }, (_, i) => of.update([], 4000 + i * 100, 0, [AROUND]));
    expect(ids(updates.at(-1))).toEqual([]);
    expect(updates.flatMap(({ ended }) => ids({ tracks: ended }))).toEqual([1]);
  });

  test('where no second look comes any more it ends, keepSeconds and four seconds later', () => {
    const of = tracker();
    for (const tenth of [0, 1, 2]) of.update([small('second')], tenth * 100, 0, [AROUND]);
    expect(ids(of.update([], 6000))).toEqual([1]);
    expect(ids(of.update([], 6400))).toEqual([]);
  });

  test('what the whole picture has shown since is missed as ever', () => {
    const of = tracker();
    for (const tenth of [0, 1]) of.update([small('second')], tenth * 100, 0, [AROUND]);
    of.update([small()], 200);
    expect(ids(of.update([], 2100))).toEqual([1]);
    expect(ids(of.update([], 2400))).toEqual([]);
  });
});
