// Networks with AP50 and frames per second -> SVG: AP50 over fps, the Pareto front, and the paper's own points.

import { areaOf, axes, legend } from '#common/chart/axes.js';
import { logarithmic, niceLinear } from '#common/chart/scales.js';
import { lineThrough } from '#common/chart/shapes.js';
import { dot, drawingFile, element, ring, text } from '#common/chart/svg.js';
import { PALETTE } from '#common/palette.js';
import { PAPER_DEVICES, TABLE_5 } from './table-5.js';

export interface PlottedRow {
  readonly model: string;
  readonly size: number;
  readonly fps: number;
  /** Percent; rows without one are left out. */
  readonly ap50: number | null;
  readonly chosen: boolean;
}

interface Point {
  readonly fps: number;
  readonly ap50: number;
}

const SIZE = { width: 1000, height: 620 } as const;
const HEAD = 44;
const OURS = PALETTE.blue;
const CHOSEN = PALETTE.vermillion;
const PAPER = {
  'GTX 1080 Ti': '#8a8a8a',
  'i9-9900K': PALETTE.bluishGreen,
  'Jetson TX2': PALETTE.reddishPurple,
} as const;

/** Those that no other beats in both, by falling AP50; of equals one. */
export function paretoFront<T extends Point>(points: readonly T[]): T[] {
  const front: T[] = [];
  for (const point of points.toSorted((a, b) => b.ap50 - a.ap50 || b.fps - a.fps))
    if (point.fps > (front.at(-1)?.fps ?? 0)) front.push(point);
  return front;
}

/** @param title of the machine, as `NVIDIA Jetson TX2, MAXN, tensorrt fp16` */
export function plotPlan(title: string, rows: readonly PlottedRow[]): string {
  const ours = rows.flatMap((row) => (row.ap50 === null ? [] : [{ ...row, ap50: row.ap50 }]));
  const paper = PAPER_DEVICES.map((device) => ({
    device,
    points: TABLE_5.flatMap(({ fps, ap50 }) =>
      fps[device] === undefined ? [] : [{ fps: fps[device], ap50 }],
    ),
  }));
  const all = [...ours, ...paper.flatMap(({ points }) => points)];
  const [rates, precisions] = [all.map(({ fps }) => fps), all.map(({ ap50 }) => ap50)];
  const area = areaOf(SIZE, HEAD);
  const x = logarithmic([Math.min(...rates) / 1.2, 1.5 * Math.max(...rates)], [area.left, area.right]);
  const y = niceLinear([Math.min(...precisions), Math.max(...precisions) + 1], [area.bottom, area.top]);
  const at = ({ fps, ap50 }: Point) => [x(fps), y(ap50)] as const;
  const front = paretoFront(ours);
  const dashes = { fill: 'none', stroke: OURS, 'stroke-width': 1.5, 'stroke-dasharray': '5 3' };
  return drawingFile(SIZE, [
    text(area.left, 24, title, { class: 'title' }),
    legend(area.left, 47, [
      { mark: dot(OURS), name: 'predicted, front dashed' },
      { mark: dot(CHOSEN), name: 'chosen' },
      ...PAPER_DEVICES.map((device) => ({ mark: ring(PAPER[device]), name: `paper, ${device}` })),
    ]),
    axes(area, x, y, { x: 'frames per second', y: 'AP50, %' }),
    ...paper.flatMap(({ device, points }) => points.map((point) => ring(PAPER[device])(...at(point)))),
    element('path', { class: 'front', d: lineThrough(front.map(at)), ...dashes }),
    ...ours.map((row) => dot(row.chosen ? CHOSEN : OURS)(...at(row))),
    ...labels(
      front.map((row) => ({ x: x(row.fps), y: y(row.ap50), content: `${row.model} ${row.size}` })),
      area.left,
    ),
  ]);
}

interface Label {
  readonly x: number;
  readonly y: number;
  readonly content: string;
}

const LABEL = { height: 12, perLetter: 6 } as const;

/** Beside their points: to the right above, else to the left below, and so on; left out where all is taken. */
function labels(wanted: readonly Label[], least: number): string[] {
  const taken: { left: number; right: number; y: number }[] = [];
  return wanted.flatMap(({ x, y, content }) => {
    const width = LABEL.perLetter * content.length;
    const places = [
      { left: x + 7, y: y - 6 },
      { left: x - 7 - width, y: y + 14 },
      { left: x + 7, y: y + 10 },
      { left: x - 7 - width, y: y - 2 },
      { left: x - 7 - width, y: y + 28 },
    ];
    const free = places.find(
      ({ left, y: at }) =>
        left >= least &&
        left + width <= SIZE.width &&
        taken.every(
          (one) => left > one.right || left + width < one.left || Math.abs(at - one.y) >= LABEL.height,
        ),
    );
    if (free === undefined) return [];
    taken.push({ left: free.left, right: free.left + width, y: free.y });
    const toTheRight = free.left > x;
    const anchor = toTheRight ? 'start' : 'end';
    return [text(toTheRight ? x + 7 : x - 7, free.y, content, { anchor, class: 'small' })];
  });
}
