// Times of kernels -> a card: every layer in the order in which it runs, measured and predicted, and classes of kernels. Pure.

import { areaOf, axes } from '#common/chart/axes.js';
import { bands, niceLinear } from '#common/chart/scales.js';
import { drawingInPage, element, hint, line } from '#common/chart/svg.js';
import type { BenchLayers } from '../result.js';
import { type BarRow, barChart } from './bars.js';
import { card, type TableColumn, tableOf } from './card.js';

const SIZE = { width: 1200, height: 320 } as const;

const GROUPS = {
  convolution: 'convolutions',
  move: 'concatenations, copies, changes of layout',
  other: 'everything else',
} as const;
type Group = keyof typeof GROUPS;

const MOVES = /concat|transpose|reorder|reshape|split|slice|route|upsample|resize|pad|cast|quantizelinear$/i;

function groupOf(type: string): Group {
  if (/conv/i.test(type)) return 'convolution';
  return MOVES.test(type) ? 'move' : 'other';
}

interface Bar {
  readonly name: string;
  readonly group: Group;
  readonly ms: number;
  readonly predictedMs: number | null;
}

export function layersCard(layers: BenchLayers): string {
  const { model, size, precision, threads, frames, kernelsMs, networkMs, predictedMs, roofGops } = layers;
  const byLayer = layers.layers.length > 0;
  const about = [
    `Medians of ${frames} frames on ${threads} thread${threads === 1 ? '' : 's'} under ONNX Runtime's profiler: all kernels ${kernelsMs.toFixed(1)} ms, the network ${networkMs.toFixed(1)} ms${predictedMs === null ? '' : `, predicted ${predictedMs.toFixed(1)} ms`}.`,
    byLayer
      ? 'What the runtime has fused with another layer counts there.'
      : 'Kernels in the order in which they ran.',
    `The roof is ${roofGops.toFixed(0)} GOP/s, a 3x3 convolution of 256 channels.`,
  ].join(' ');
  return card(
    `Time by layer: ${model} ${size} ${precision}`,
    about,
    `${layerChart(layers, barsOf(layers))}${legendOf(byLayer)}<div class="beside">${classChart(layers)}${tableOf(`kernels of ${model} ${precision}`, COLUMNS(layers), layers.classes)}</div>`,
    true,
  );
}

function barsOf({ layers, kernels }: BenchLayers): Bar[] {
  if (layers.length > 0)
    return layers.map(({ index, type, ms, predictedMs }) => ({
      ...{ name: `layer ${index}, ${type}`, group: groupOf(type), ms, predictedMs },
    }));
  return kernels.map(({ name, op, ms }) => ({
    ...{ name: `${name}, ${op}`, group: groupOf(op), ms, predictedMs: null },
  }));
}

function layerChart({ model, layers }: BenchLayers, all: readonly Bar[]): string {
  const area = areaOf(SIZE);
  const most = Math.max(...all.flatMap(({ ms, predictedMs }) => [ms, predictedMs ?? 0]));
  const places = bands(all.length, [area.left + 2, area.right], 0.15);
  const y = niceLinear([0, most], [area.bottom, area.top]);
  const bars = all.flatMap(({ name, group, ms, predictedMs }, i) => {
    const [left, right] = [places.left(i), places.left(i) + places.width];
    const about = `${name}: ${ms.toFixed(3)} ms${predictedMs === null ? '' : `, predicted ${predictedMs.toFixed(3)} ms`}`;
    const bar = {
      class: `kind ${group}`,
      x: left,
      y: y(ms),
      width: places.width,
      height: area.bottom - y(ms),
    };
    return [
      element('rect', bar, hint(about)),
      ...(predictedMs === null
        ? []
        : [line(left - 0.5, y(predictedMs), right + 0.5, y(predictedMs), { class: 'said' })]),
    ];
  });
  const slowest = all.toSorted((a, b) => b.ms - a.ms).slice(0, 3);
  const said = `${all.length} ${layers.length > 0 ? 'layers' : 'kernels'}; the slowest: ${slowest.map(({ name, ms }) => `${name} ${ms.toFixed(2)} ms`).join('; ')}`;
  return drawingInPage(
    SIZE,
    `time by layer of ${model}`,
    [
      axes(area, places.centre, y, { x: layers.length > 0 ? 'layers' : 'kernels', y: 'milliseconds' }),
      ...bars,
    ],
    said,
  );
}

function legendOf(hasPrediction: boolean): string {
  const entries = (Object.keys(GROUPS) as Group[]).map(
    (group) => `<span><i class="kind ${group}"></i>${GROUPS[group]}</span>`,
  );
  return `<p class="legend">${entries.join('')}${hasPrediction ? '<span><i class="said"></i>predicted by the cost model</span>' : ''}</p>`;
}

const MOST_CLASSES = 14;

/** The longest first, so that the picture says what to look at. */
function classChart({ model, classes, kernelsMs }: BenchLayers): string {
  const sorted = classes.toSorted((a, b) => b.ms - a.ms).slice(0, MOST_CLASSES);
  const rows = sorted.map(
    ({ what, kernels, ms, gop }): BarRow => ({
      label: `${what} (${kernels})`,
      bars: [
        {
          name: `kind ${gop === null ? groupOf(what) : 'convolution'}`,
          value: Number(ms.toFixed(3)),
          note: `${ms.toFixed(2)} ms, ${((100 * ms) / kernelsMs).toFixed(0)}%`,
        },
      ],
    }),
  );
  return barChart(`time by kind of kernel of ${model}`, rows, 'ms');
}

const COLUMNS = ({ roofGops, kernelsMs }: BenchLayers): TableColumn<BenchLayers['classes'][number]>[] => {
  const figure = (of: (row: BenchLayers['classes'][number]) => string | undefined) => ({
    isWord: false,
    cell: (row: BenchLayers['classes'][number]) => of(row) ?? '-',
  });
  const rate = ({ gop, ms }: BenchLayers['classes'][number]) =>
    gop === null || ms === 0 ? undefined : (1000 * gop) / ms;
  return [
    { name: 'kernels', isWord: true, cell: ({ what }) => what },
    { name: 'number', ...figure(({ kernels }) => `${kernels}`) },
    { name: 'ms', ...figure(({ ms }) => ms.toFixed(2)) },
    { name: 'of the time', ...figure(({ ms }) => `${((100 * ms) / kernelsMs).toFixed(0)}%`) },
    { name: 'GOP/s', ...figure((row) => rate(row)?.toFixed(0)) },
    {
      name: 'of the roof',
      ...figure((row) => {
        const found = rate(row);
        return found === undefined ? undefined : `${((100 * found) / roofGops).toFixed(0)}%`;
      }),
    },
  ];
};
