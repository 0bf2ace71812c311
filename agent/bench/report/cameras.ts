// Trials with so many cameras -> SVG: how much of their frames was looked at in time, and where the limit is. Pure.

import { areaOf, axes } from '#common/chart/axes.js';
import { linear } from '#common/chart/scales.js';
import { drawingInPage, element, hint, line, text } from '#common/chart/svg.js';
import type { Multistream } from '../result.js';

const SIZE = { width: 640, height: 260 } as const;

export function camerasChart({ trials, cameras, cameraFps, maxAgeMs, ageMs }: Multistream): string {
  const area = areaOf(SIZE);
  const most = Math.max(...trials.map((trial) => trial.cameras));
  const anywhere = linear([0, most + 1], [area.left, area.right]);
  const x = Object.assign((count: number) => anywhere(count), {
    ticks: anywhere.ticks.filter(Number.isInteger),
  });
  const y = linear([0, 105], [area.bottom, area.top], 5);
  const marks = trials.map(({ cameras: count, inTime, p99Ms, dropped, isWithin }) => {
    const circle = {
      class: isWithin ? 'point front' : 'point missed',
      cx: x(count),
      cy: y(100 * inTime),
      r: 6,
    };
    const about = `${count} cameras: ${(100 * inTime).toFixed(1)}% in time, p99 ${p99Ms} ms, ${(100 * dropped).toFixed(1)}% dropped`;
    return element('circle', circle, hint(about));
  });
  const at = x(cameras);
  const isAtEdge = at > SIZE.width - 130;
  const said = `${cameras} cameras of ${cameraFps} frames per second are within ${maxAgeMs} ms; with them the 99th percentile is ${ageMs.p99} ms; ${trials.length} trials`;
  return drawingInPage(
    SIZE,
    'cameras within the age limit',
    [
      axes(area, x, y, { x: 'cameras', y: '% of frames in time' }),
      line(area.left, y(99), area.right, y(99), { class: 'limit' }),
      ...(cameras > 0
        ? [
            line(at, area.top, at, area.bottom, { class: 'limit' }),
            text(at + (isAtEdge ? -6 : 6), area.bottom - 8, `${cameras} cameras`, {
              anchor: isAtEdge ? 'end' : 'start',
              class: 'strong',
            }),
          ]
        : []),
      ...marks,
    ],
    said,
  );
}
