// What the agent says of a frame -> what an open page is told to draw on its picture.

import { expect, test } from 'vitest';
import { headOf } from '../../../agent/page/live/views.js';
import type { FrameReport } from '../../../agent/telemetry/reports.js';
import type { Box } from '../../../models/detection.js';

const detection = (box: Box, score: number) => ({ label: 'person', classIndex: 0, score, box });
const track = (id: number, sourceBox: Box, seen: boolean) => ({
  ...{ id, label: 'person', score: 0.64, bestScore: 0.7, sourceBox, seen },
  ...{ firstSeenMs: 0, lastSeenMs: seen ? 100 : 50, stationary: false },
});

test('what is followed is drawn where it is seen, once, and not where it is only expected', () => {
  const [seen, expectedThere, other]: Box[] = [
    [10, 20, 30, 60],
    [110, 20, 130, 60],
    [200, 20, 220, 60],
  ];
  const report = {
    frame: { source: 'porch', sequence: 3, capturedAtMs: 5, sourceSize: { width: 640, height: 480 } },
    sourceDetections: [detection(seen!, 0.64), detection(other!, 0.31)],
    tracks: [track(1, seen!, true), track(2, expectedThere!, false)],
  } as unknown as FrameReport;
  expect(headOf(report).found).toEqual([
    { id: 1, label: 'person', stationary: false, score: 0.64, box: seen },
    { label: 'person', score: 0.31, box: other },
  ]);
});
