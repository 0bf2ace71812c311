// Networks with AP50 and frames per second -> SVG: AP50 over fps, the Pareto front, and the paper's own points.

import { round, text } from './svg.js';
import { paperDevices, table5 } from './table-5.js';

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

const WIDTH = 1000;
const HEIGHT = 620;
const MARGIN = { left: 60, right: 30, top: 70, bottom: 50 } as const;
const OURS = '#1f6fb4';
const CHOSEN = '#d9541e';
const paperColours = { 'GTX 1080 Ti': '#8a8a8a', 'i9-9900K': '#2e8b57', 'Jetson TX2': '#9467bd' } as const;

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
  const paper = paperDevices.map((device) => ({
    device,
    points: table5.flatMap(({ fps, ap50 }) =>
      fps[device] === undefined ? [] : [{ fps: fps[device], ap50 }],
    ),
  }));
  const all = [...ours, ...paper.flatMap(({ points }) => points)];
  const x = logScale(all.map(({ fps }) => fps));
  const y = linearScale(all.map(({ ap50 }) => ap50));
  const front = paretoFront(ours);
  const steps = front.map((point) => `${round(x.of(point.fps))},${round(y.of(point.ap50))}`).join(' ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    text(MARGIN.left, 24, title, 'start', 15),
    ...legend(),
    ...grid(x, y),
    ...paper.flatMap(({ device, points }) =>
      points.map((point) => ring(x.of(point.fps), y.of(point.ap50), paperColours[device])),
    ),
    `<polyline class="front" points="${steps}" fill="none" stroke="${OURS}" stroke-width="1.5" stroke-dasharray="5 3"/>`,
    ...ours.map((row) => dot(x.of(row.fps), y.of(row.ap50), row.chosen ? CHOSEN : OURS)),
    ...labels(
      front.map((row) => ({ x: x.of(row.fps), y: y.of(row.ap50), content: `${row.model} ${row.size}` })),
    ),
    text(MARGIN.left + (WIDTH - MARGIN.left - MARGIN.right) / 2, HEIGHT - 10, 'frames per second', 'middle'),
    text(MARGIN.left - 44, MARGIN.top - 10, 'AP50, %'),
    '</svg>',
    '',
  ].join('\n');
}

interface Label {
  readonly x: number;
  readonly y: number;
  readonly content: string;
}

const LABEL = { size: 11, height: 12, perLetter: 6 } as const;

/** Beside their points: to the right above, else to the left below, and so on; left out where all is taken. */
function labels(wanted: readonly Label[]): string[] {
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
        left >= MARGIN.left &&
        left + width <= WIDTH &&
        taken.every(
          (one) => left > one.right || left + width < one.left || Math.abs(at - one.y) >= LABEL.height,
        ),
    );
    if (free === undefined) return [];
    taken.push({ left: free.left, right: free.left + width, y: free.y });
    const toTheRight = free.left > x;
    return [text(toTheRight ? x + 7 : x - 7, free.y, content, toTheRight ? 'start' : 'end', LABEL.size)];
  });
}

interface Scale {
  of(value: number): number;
  readonly ticks: readonly number[];
}

function logScale(values: readonly number[]): Scale {
  const low = Math.log10(Math.min(...values) / 1.2);
  const high = Math.log10(Math.max(...values) * 1.5);
  const ticks = [-1, 0, 1, 2, 3, 4].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power));
  return {
    of: (value) =>
      MARGIN.left + ((Math.log10(value) - low) / (high - low)) * (WIDTH - MARGIN.left - MARGIN.right),
    ticks: ticks.filter((tick) => Math.log10(tick) >= low && Math.log10(tick) <= high),
  };
}

function linearScale(values: readonly number[]): Scale {
  const low = Math.floor(Math.min(...values) / 5) * 5;
  const high = Math.ceil((Math.max(...values) + 1) / 5) * 5;
  const height = HEIGHT - MARGIN.top - MARGIN.bottom;
  return {
    of: (value) => MARGIN.top + ((high - value) / (high - low)) * height,
    ticks: Array.from({ length: (high - low) / 5 + 1 }, (_, i) => low + 5 * i),
  };
}

function grid(x: Scale, y: Scale): string[] {
  const bottom = HEIGHT - MARGIN.bottom;
  const line = (x1: number, y1: number, x2: number, y2: number) =>
    `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="#dddddd"/>`;
  return [
    ...x.ticks.flatMap((tick) => [
      line(x.of(tick), MARGIN.top, x.of(tick), bottom),
      text(x.of(tick), bottom + 16, `${round(tick)}`, 'middle'),
    ]),
    ...y.ticks.flatMap((tick) => [
      line(MARGIN.left, y.of(tick), WIDTH - MARGIN.right, y.of(tick)),
      text(MARGIN.left - 6, y.of(tick) + 4, `${tick}`, 'end'),
    ]),
  ];
}

function legend(): string[] {
  const devices = paperDevices.map((device, i) => [
    ring(MARGIN.left + 340 + 150 * i, 43, paperColours[device]),
    text(MARGIN.left + 350 + 150 * i, 47, `paper, ${device}`),
  ]);
  return [
    dot(MARGIN.left + 5, 43, OURS),
    text(MARGIN.left + 15, 47, 'predicted, front dashed'),
    dot(MARGIN.left + 190, 43, CHOSEN),
    text(MARGIN.left + 200, 47, 'chosen'),
    ...devices.flat(),
  ];
}

function dot(x: number, y: number, colour: string): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="4.5" fill="${colour}"/>`;
}

function ring(x: number, y: number, colour: string): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="4" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
}
