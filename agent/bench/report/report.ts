// A benchmark + the layers behind its predictions -> one HTML page that needs nothing else. Pure.

import { escaped } from '#common/chart/svg.js';
import { type Column, columnsOf } from '../columns.js';
import { isComparison, labelOf, sharedText } from '../labels.js';
import type { Predicted } from '../predict.js';
import type { BenchDocument, BenchResult, Environment } from '../result.js';
import { type Case, executionOf } from '../task.js';
import { type BarRow, barChart } from './bars.js';
import { histogramChart } from './latency-bins.js';
import { COLOURS, overTimeChart } from './over-time.js';
import { rooflineChart, rooflineLegend } from './roofline.js';
import { style } from './style.js';

/** A case that was measured, with what its prediction is made of. */
export interface ReportedCase {
  readonly subject: Pick<Case, 'model' | 'size' | 'precision' | 'provider' | 'latency' | 'throughput'>;
  readonly predictions: readonly (Predicted & { readonly threads: number })[];
}

const MOST_CHARTS = 8;
const MOST_NAMES = 3;
export function benchReport(document: BenchDocument, cases: readonly ReportedCase[]): string {
  const { environment, results } = document;
  const models = [...new Set(results.map(({ model }) => model))];
  const title = `Benchmark: ${models.length > MOST_NAMES ? `${models.length} networks` : models.join(', ')}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${header(title, environment)}
${tiles(results)}
${card('Results', meaning(results), resultTable(results))}
<div class="columns">
${charts(document, cases).join('\n')}
</div>
<footer>${escaped(footnote(environment))}</footer>
</main>
</body>
</html>
`;
}

function header(title: string, environment: Environment): string {
  const { cpu, cores, isa, memoryGB, os, onnxruntime, node, cspcam, profile, governor, clockMHz, warnings } =
    environment;
  const facts: (readonly [string, string | null])[] = [
    ['cores', `${cores}`],
    ['memory', memoryGB === null ? null : `${memoryGB} GB`],
    ['profile', profile],
    ['governor', governor],
    ['clock', clockMHz === null ? null : `${clockMHz} MHz`],
    ['temperature', environment.temperatureC === null ? null : `${environment.temperatureC} °C`],
    ['throttled', environment.throttled === null ? null : environment.throttled ? 'yes' : 'no'],
    ['other processes', environment.othersLoad === null ? null : `${environment.othersLoad} cores`],
    ['ONNX Runtime', onnxruntime],
    ['cspcam', cspcam],
    ['Node', node],
    ['system', os],
    ['instructions', isa.join(' ')],
  ];
  const known = facts.filter(([, value]) => value !== null && value !== '');
  const notes = warnings.map((warning) => `<p>${escaped(warning)}</p>`).join('');
  return `<h1>${escaped(title)}</h1>
<p class="sub">${escaped(`${cpu} · ${environment.measuredAt.slice(0, 16).replace('T', ' ')} UTC`)}</p>
<ul class="facts">${known.map(([name, value]) => `<li>${name} <b>${escaped(value!)}</b></li>`).join('')}</ul>
${notes && `<div class="notes">${notes}</div>`}`;
}

function tiles(results: readonly BenchResult[]): string {
  const first = results[0]!;
  const offline = results.find(({ scenario }) => scenario === 'offline');
  const whose = isComparison(results) ? `, ${labelOf(results, false)(first)}` : '';
  const all: (readonly [string, string] | undefined)[] = [
    [first.fps.toFixed(1), `frames/s, ${first.scenario}${whose}`],
    offline && offline !== first ? [offline.fps.toFixed(1), 'frames/s, offline'] : undefined,
    first.live
      ? [`${first.live.ageMs.p50} ms`, 'from capture to publishing, median']
      : [`${first.latencyMs.p50.toFixed(1)} ms`, 'per frame, median'],
    [`${first.latencyMs.p99.toFixed(1)} ms`, '99th percentile'],
    first.live ? [`${first.live.dropped}`, `of ${first.live.captured} frames dropped`] : undefined,
    first.predictedMs === null
      ? undefined
      : [`${first.networkMs.toFixed(1)} ms`, `network alone; predicted ${first.predictedMs.toFixed(1)} ms`],
    first.sustained && [`${(100 * first.sustained.kept).toFixed(1)}%`, 'of the frame rate kept'],
    first.energy
      ? [
          `${first.energy.joulesPerFrame.toFixed(3)} J`,
          `per frame; ${first.energy.fpsPerWatt.toFixed(2)} fps/W`,
        ]
      : undefined,
  ];
  const tile = ([value, what]: readonly [string, string]) =>
    `<div class="tile"><b>${escaped(value)}</b><span>${escaped(what)}</span></div>`;
  return `<section class="tiles">${all.flatMap((one) => (one ? tile(one) : [])).join('')}</section>`;
}

function resultTable(results: readonly BenchResult[]): string {
  const columns = columnsOf(results);
  const cells = (tag: string, of: (column: Column) => string) =>
    columns
      .map((column) => `<${tag}${column.isWord ? ' class="word"' : ''}>${escaped(of(column))}</${tag}>`)
      .join('');
  const head = cells('th', ({ name }) => name);
  const rows = results.map((row) => `<tr>${cells('td', ({ cell }) => cell(row))}</tr>`);
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function charts({ results, environment }: BenchDocument, cases: readonly ReportedCase[]): string[] {
  const { predictedFrom } = environment;
  const label = labelOf(results);
  const timed = results.filter(({ scenario }) => scenario !== 'offline').slice(0, MOST_CHARTS);
  const lines = results.slice(0, COLOURS);
  const over = (quantity: 'fps' | 'clock' | 'temperature', title: string, about: string) => {
    const chart = overTimeChart(lines, quantity);
    return chart === undefined ? [] : [card(title, about, `${chart}${lineLegend(lines, label)}`)];
  };
  return [
    ...(isComparison(results) && !results.some(({ paper }) => paper)
      ? [
          card(
            'Frames per second',
            'Of each row; longer is faster.',
            barChart('frames per second', speedRows(results, label), 'fps'),
          ),
        ]
      : []),
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
  const rows = results.filter(({ predictedMs, scenario }) => predictedMs !== null && scenario !== 'offline');
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
  return results.map((row) => ({
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

function meaning(results: readonly BenchResult[]): string {
  const untrained = results.some(({ weights }) => weights === 'random');
  const shared = sharedText(results);
  return `${shared && `All: ${shared}. `}Milliseconds of one frame from pixels to boxes; offline with its wait for a session; live, from capture to publishing.${untrained ? ' Random weights: for timing only.' : ''}`;
}

function card(title: string, about: string, content: string): string {
  return `<section class="card"><h2>${escaped(title)}</h2><p>${escaped(about)}</p>${content}</section>`;
}

function footnote({ cspcam, machine }: Environment): string {
  return `cspcam ${cspcam} on ${machine}. Warming up is not counted. Percentiles by nearest rank. Figures as JSON: cspcam bench --json.`;
}
