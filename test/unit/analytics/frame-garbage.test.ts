// A thousand frames with ninety objects -> what analytics leave of each where only collections of the whole heap find it.

import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const agent = resolve(import.meta.dirname, '../../../dist/agent');
const program = `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { CameraAnalytics } from '${agent}/analytics/camera-analytics.js';
  import { Scene } from '${agent}/analytics/scene/scene.js';
  import { ByteTracker } from '${agent}/analytics/tracking/tracker.js';
  import { keepHeapSmall } from '${agent}/cli/small-heap.js';
  keepHeapSmall();
  let id = 0;
  let seen = 0;
  const listener = { counts() {}, events() {}, picture() {} };
  const camera = new CameraAnalytics({
    ...{ camera: 'square', listener, snapshots: undefined, now: () => 0, onError: console.error },
    tracker: new ByteTracker({ nextId: () => ++id }),
    scene: new Scene({ zones: {}, lines: {}, stationarySeconds: 10 }),
  });
  const frames = async (from, count) => {
    for (let sequence = from; sequence < from + count; sequence++) {
      const capturedMonotonicMs = 40.5 * sequence;
      const sourceSize = { width: 1920, height: 1080 };
      const frame = { source: 'square', sequence, capturedMonotonicMs, sourceSize, pixels: new ArrayBuffer(8) };
      const sourceDetections = Array.from({ length: 90 }, (_, i) => {
        const [x, y] = [120 * (i % 15) + (sequence % 7) / 2, 170 * Math.floor(i / 15) + 0.25];
        return { label: 'person', classIndex: 0, score: 0.7 + (i % 10) / 50, box: [x, y, x + 60.5, y + 140.5] };
      });
      seen += camera.update({ frame, sourceDetections }).length;
      await new Promise(setImmediate);
    }
    return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space').space_used_size;
  };
  const before = await frames(0, 1000);
  const after = await frames(1000, 1000);
  console.log(JSON.stringify({ seen, bytes: (after - before) / 1000 }));
`;

test('next to nothing', async () => {
  // Room for what grows old, so that nothing of it goes while it is measured.
  const room = ['--max-semi-space-size=1', '--initial-old-space-size=400'];
  const args = [...room, '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { seen, bytes } = JSON.parse(stdout);
  expect(seen).toBeGreaterThan(1900 * 90);
  // Copies by spread are 25 KB a frame, and V8's guesses at what will live on are as much again.
  expect(bytes).toBeLessThan(2000);
});
