// Rows of a benchmark + the layers behind their predictions -> the cards with its charts. Pure.

import { escaped } from '#common/chart/svg.js';
import { isComparison, labelOf } from '../labels.js';
import type { Predicted } from '../predict.js';
import type { BenchDocument, BenchResult, Environment } from '../result.js';
import { type Case, executionOf } from '../task.js';
import { type BarRow, barChart } from './bars.js';
import { camerasChart } from './cameras.js';
import { card } from './card.js';
import { histogramChart } from './latency-bins.js';
import { COLOURS, overTimeChart } from './over-time.js';
import { paretoChart, pointsOf } from './pareto.js';
import { rooflineChart, rooflineLegend } from './roofline.js';

/** A case that was measured, with what its prediction is made of. */
export interface ReportedCase {
  readonly subject: Pick<Case, 'model' | 'size' | 'precision' | 'provider' | 'latency' | 'throughput'>;
  readonly predictions: readonly (Predicted & { readonly threads: number })[];
}

const MOST_CHARTS = 8;

export function charts({ results, environment }: BenchDocument, cases: readonly ReportedCase[]): string[] {
  const { predictedFrom } = environment;
  const label = labelOf(results);
  const timed = results.filter(({ scenario }) => scenario !== 'offline').slice(0, MOST_CHARTS);
  const lines = results.filter(({ timeline }) => timeline.length > 0).slice(0, COLOURS);
  const over = (quantity: 'fps' | 'clock' | 'temperature', title: string, about: string) => {
    const chart = overTimeChart(lines, quantity);
    return chart === undefined ? [] : [card(title, about, `${chart}${lineLegend(lines, label)}`)];
  };
  const cameras = results.flatMap((row) => (row.multistream ? [{ row, multistream: row.multistream }] : []));
  return [
    ...accuracyCards(results),
    ...(isComparison(results) && speedRows(results, label).length > 0 && !results.some(({ paper }) => paper)
      ? [
          card(
            'Frames per second',
            'Of each row; longer is faster.',
            barChart('frames per second', speedRows(results, label), 'fps'),
          ),
        ]
      : []),
    ...cameras.map(({ row, multistream }) =>
      card(
        `Cameras: ${labelOf(results, false)(row)}`,
        `${multistream.cameras} of ${multistream.cameraFps} frames/s with 99% of the frames looked at within ${multistream.maxAgeMs} ms. Each mark is a trial; the dashed lines are the limit and the most that is within.`,
        camerasChart(multistream),
      ),
    ),
    ...over(
      'fps',
      'Frames per second over time',
      'Each point is a burst of a second or less; rows that are compared take turns.',
    ),
    ...over('clock', 'Clock over time', 'Mean of the cores.'),
    ...over('temperature', 'Temperature over time', 'Of the hottest sensor.'),
    ...predictionCard(results, label, predictedFrom),
    ...(results.some(({ paper }) => paper)
      ? [
          card(
            "Beside the paper's table 5",
            'Frames per second: here, i9-9900K with OpenCV, Jetson TX2 with Darknet on its GPU.',
            barChart('beside the paper', paperRows(results), 'fps'),
          ),
        ]
      : []),
    ...timed.map((row) =>
      card(
        `Latency: ${label(row)}`,
        `${row.inferences} frames; the last bar holds whatever took longer.`,
        histogramChart(row),
      ),
    ),
    ...rooflines(results, cases),
  ];
}

/** A scenario alone: what is compared has the same threads. */
function accuracyCards(results: readonly BenchResult[]): string[] {
  const first = results.find(({ accuracy }) => accuracy);
  if (first?.accuracy === undefined) return [];
  const { accuracy, scenario } = first;
  const rows = results.filter((row) => row.scenario === scenario);
  const points = pointsOf(rows, labelOf(rows));
  if (points.length === 0) return [];
  const split = accuracy.split === null ? '' : `, ${accuracy.split}`;
  return [
    card(
      'Accuracy over speed',
      `AP50 of all classes that network and annotations share, on ${accuracy.images} pictures (${accuracy.data}${split}); scenario ${scenario}. Up and to the right is better: none beats those on the line in both.`,
      paretoChart(points),
    ),
  ];
}

function rooflines(results: readonly BenchResult[], cases: readonly ReportedCase[]): string[] {
  const whats = ['model', 'size', 'precision', 'provider'] as const;
  return cases.slice(0, MOST_CHARTS).flatMap(({ subject, predictions }) => {
    const row = results.find(
      (one) =>
        whats.every((what) => one[what] === subject[what]) &&
        executionOf(subject, one.scenario).threads === one.threads,
    );
    const predicted = predictions.find(({ threads }) => threads === row?.threads);
    if (row === undefined || predicted === undefined) return [];
    const about =
      'Layers as the cost model predicts them, larger the more time they take, beneath what this machine attains. Those above the slope have their values in cache.';
    return [
      card(
        `Roofline: ${labelOf(results, false)(row)}`,
        about,
        `${rooflineChart(row, predicted)}${rooflineLegend()}`,
      ),
    ];
  });
}

function predictionCard(
  results: readonly BenchResult[],
  label: Label,
  predictedFrom: Environment['predictedFrom'],
): string[] {
  // Sessions side by side are not what is predicted.
  const rows = results.filter(
    ({ predictedMs, scenario }) =>
      predictedMs !== null && scenario !== 'offline' && scenario !== 'multistream',
  );
  if (rows.length === 0) return [];
  const bars = rows.map((row): BarRow => {
    const predicted = row.predictedMs!;
    const note = `${predicted.toFixed(1)} ms, ${(predicted / row.networkMs).toFixed(2)}× measured`;
    return {
      label: label(row),
      bars: [
        { name: 'measured-bar', value: row.networkMs, note: `${row.networkMs.toFixed(1)} ms measured` },
        { name: 'predicted-bar', value: predicted, note },
      ],
    };
  });
  return [
    card(
      'Prediction against measurement',
      predictedFrom === 'profile'
        ? 'The network alone, median. Predicted from nominal figures: cspcam profiles measure finds what this machine really does.'
        : 'The network alone, median. Predicted from what cspcam profiles measure found here.',
      barChart('prediction against measurement', bars, 'ms'),
    ),
  ];
}

function speedRows(results: readonly BenchResult[], label: Label): BarRow[] {
  // Cameras decide how many frames there are, not the network.
  const free = results.filter(({ scenario }) => scenario !== 'multistream' && scenario !== 'live');
  return free.map((row) => ({
    label: label(row),
    bars: [
      {
        name: 'measured-bar',
        value: row.fps,
        note: `${row.fps.toFixed(1)} fps${row.ratio === null ? '' : `, ${row.ratio.toFixed(2)}×`}`,
      },
    ],
  }));
}

function paperRows(results: readonly BenchResult[]): BarRow[] {
  return results.map(({ model, size, fps, paper = {} }) => ({
    label: `${model} ${size}`,
    bars: [
      { name: 'measured-bar', value: fps, note: `${fps.toFixed(1)} here` },
      ...['i9-9900K', 'Jetson TX2'].flatMap((device) => {
        const published = paper[device];
        return published === undefined
          ? []
          : [
              {
                name: device === 'i9-9900K' ? 'published-bar' : 'predicted-bar',
                value: published,
                note: `${published} ${device}`,
              },
            ];
      }),
    ],
  }));
}

type Label = ReturnType<typeof labelOf>;

function lineLegend(rows: readonly BenchResult[], label: Label): string {
  if (rows.length < 2) return '';
  return `<p class="legend">${rows.map((row, i) => `<span><i class="c${i % COLOURS}"></i>${escaped(label(row))}</span>`).join('')}</p>`;
}
