// Samples of a soak -> slopes with what noise alone allows, a verdict for each series, and a drawing of them.

import { areaOf, axes } from '#common/chart/axes.js';
import { linear, niceLinear } from '#common/chart/scales.js';
import { lineThrough } from '#common/chart/shapes.js';
import { drawingFile, element, text } from '#common/chart/svg.js';
import { PALETTE } from '#common/palette.js';
import type { Held, Sample } from './soak-samples.js';
import { mediansOf, type Point, type Trend, trendOf } from './trend.js';

const LOAD = 'load of the machine';

/** The camera that nobody disturbs: its capture process lives as long as the daemon. */
export const STEADY = 'steady';

interface Series {
  readonly name: string;
  readonly points: readonly Point[]; // minutes, values
}

interface Verdict extends Trend {
  readonly name: string;
  readonly median: number;
  /** The whole interval lies above nothing. */
  readonly grows: boolean;
}

const LEAST_STRETCHES = 4;

function seriesOf(samples: readonly Sample[]): Series[] {
  const series = (name: string, of: (sample: Sample) => number | undefined): Series => ({
    name,
    points: samples.flatMap((sample) => {
      const value = of(sample);
      return value === undefined ? [] : [[sample.minute, value] as const];
    }),
  });
  const all = ({ captures }: Sample, of: keyof Held) =>
    Object.values(captures).reduce((sum, held) => sum + held[of], 0);
  return [
    series('daemon, resident MB', ({ daemon }) => daemon.residentMB),
    series('daemon, own MB', ({ daemon }) => daemon.ownMB),
    series('daemon, descriptors', ({ daemon }) => daemon.descriptors),
    series('daemon, threads', ({ daemon }) => daemon.threads),
    series('undisturbed capture, resident MB', ({ captures }) => captures[STEADY]?.residentMB),
    series('undisturbed capture, own MB', ({ captures }) => captures[STEADY]?.ownMB),
    series('undisturbed capture, descriptors', ({ captures }) => captures[STEADY]?.descriptors),
    series('undisturbed capture, threads', ({ captures }) => captures[STEADY]?.threads),
    series('all captures, own MB', (sample) => all(sample, 'ownMB')),
    series('all captures, descriptors', (sample) => all(sample, 'descriptors')),
    series('latency p50, ms', ({ latencyMs }) => latencyMs?.p50),
    series('latency p95, ms', ({ latencyMs }) => latencyMs?.p95),
    // What the rest of the machine does has its part in all of them.
    series(LOAD, ({ load }) => load),
  ];
}

/**
 * Each point is the median of a stretch in which every part has been disturbed once.
 *
 * @returns slopes per hour; none where there are too few stretches
 */
export function verdictsOf(samples: readonly Sample[], warmUpMinutes: number, stretch: number): Verdict[] {
  return seriesOf(samples).flatMap(({ name, points }) => {
    const medians = mediansOf(
      points.filter(([minute]) => minute >= warmUpMinutes),
      stretch,
    );
    if (medians.length < LEAST_STRETCHES) return [];
    const perHour = trendOf(medians.map(([minute, value]) => [minute / 60, value]));
    const values = medians.map(([, value]) => value).toSorted((a, b) => a - b);
    return [
      { name, ...perHour, median: values[values.length >> 1]!, grows: name !== LOAD && perHour.low > 0 },
    ];
  });
}

export function reportText(samples: readonly Sample[], verdicts: readonly Verdict[]): string {
  const sum = (of: (sample: Sample) => number) => samples.reduce((total, sample) => total + of(sample), 0);
  const last = samples.at(-1);
  const loads = samples.map(({ load }) => load).toSorted((a, b) => a - b);
  const rows = verdicts.map(({ name, median, slope, low, high, grows }) =>
    [
      name,
      median,
      slope,
      `${low.toFixed(2)} to ${high.toFixed(2)}`,
      name === LOAD ? '' : grows ? 'grows' : 'within noise',
    ]
      .map((cell) => (typeof cell === 'number' ? cell.toFixed(2) : cell))
      .join(' | '),
  );
  return [
    `${last?.minute.toFixed(1) ?? 0} minutes, ${samples.length} samples, load of the machine ${loads[0]?.toFixed(1)} to ${loads.at(-1)?.toFixed(1)}`,
    `${last?.inferred} frames looked at, ${last?.restarts} captures begun anew, ${sum(({ detections }) => detections)} detections and ${sum(({ events }) => events)} events at the subscriber`,
    '',
    '| series | median | slope per hour | 95% | |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    '',
  ].join('\n');
}

const PANEL = { width: 500, height: 190 };
const COLUMNS = 2;

/** A panel for each series over minutes, from 0. */
export function reportDrawing(samples: readonly Sample[]): string {
  const all = seriesOf(samples).filter(({ points }) => points.length > 1);
  const rows = Math.ceil(all.length / COLUMNS);
  const panels = all.map((series, i) => {
    const at = `translate(${PANEL.width * (i % COLUMNS)} ${PANEL.height * Math.floor(i / COLUMNS)})`;
    return element('g', { transform: at }, panel(series));
  });
  return drawingFile({ width: COLUMNS * PANEL.width, height: rows * PANEL.height }, panels);
}

function panel({ name, points }: Series): string {
  const area = areaOf(PANEL, 14);
  const x = linear([0, points.at(-1)![0]], [area.left, area.right]);
  const y = niceLinear([0, Math.max(1, ...points.map(([, value]) => value))], [area.bottom, area.top], 4);
  return [
    text(area.left, 18, name, { class: 'strong' }),
    axes(area, x, y, { x: 'minutes', y: '' }),
    element('path', {
      d: lineThrough(points.map(([minute, value]) => [x(minute), y(value)])),
      fill: 'none',
      stroke: PALETTE.vermillion,
    }),
  ].join('\n');
}
