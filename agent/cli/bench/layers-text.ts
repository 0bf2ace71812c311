// Times of kernels -> what is printed of them: classes of kernels, the roof, and layers beside their prediction.

import type { BenchLayers } from '../../bench/result.js';
import { aligned } from './aligned.js';
import type { Styles } from './styles.js';

const HEAD = [
  'kernels',
  'number',
  'ms',
  'of the time',
  'GOP',
  'of the operations',
  'GOP/s',
  'of the roof',
  'ms beyond it',
];
/** The slowest: all are in the JSON. */
const MOST_LAYERS = 12;

export function layerLines(layers: BenchLayers, styles: Styles): string[] {
  const { model, size, precision, threads, classes, roofGops, kernelsMs, networkMs } = layers;
  const gop = sum(classes.map((one) => one.gop ?? 0));
  const cells = classes.map((one) => [
    ...[one.what, `${one.kernels}`, one.ms.toFixed(2), percent(one.ms / kernelsMs)],
    ...(one.gop === null
      ? ['-', '-', '-', '-']
      : [
          one.gop.toFixed(3),
          percent(one.gop / gop),
          ((1000 * one.gop) / one.ms).toFixed(0),
          percent((1000 * one.gop) / one.ms / roofGops),
        ]),
    beyondRoofMs(one, roofGops).toFixed(2),
  ]);
  const [head, ...lines] = aligned([HEAD, ...cells], 1);
  const convolutions = classes.filter((one) => one.gop !== null);
  const others = classes.filter((one) => one.gop === null);
  const beyond = (some: BenchLayers['classes']) => sum(some.map((one) => beyondRoofMs(one, roofGops)));
  return [
    '',
    `time by layer: ${model} ${size} ${precision}, ${threads} thread${threads === 1 ? '' : 's'}, medians of ${layers.frames} frames under ONNX Runtime's profiler`,
    '',
    styles.bold(head!),
    ...lines,
    '',
    `all kernels ${kernelsMs.toFixed(1)} ms, the network ${networkMs.toFixed(1)} ms; ${((1000 * gop) / roofGops).toFixed(1)} ms would do at the roof of ${roofGops.toFixed(0)} GOP/s, a 3x3 convolution of 256 channels; narrower or smaller convolutions add ${beyond(convolutions).toFixed(1)} ms, other kernels ${beyond(others).toFixed(1)} ms`,
    ...(layers.layers.length > 0 ? predictedLines(layers, styles) : []),
  ];
}

function predictedLines({ layers, predictedMs, kernelsMs }: BenchLayers, styles: Styles): string[] {
  const slowest = layers.toSorted((a, b) => b.ms - a.ms).slice(0, MOST_LAYERS);
  const rows = slowest
    .toSorted((a, b) => a.index - b.index)
    .map(({ index, type, ms, predictedMs: said }) => [
      ...[`${index}`, type, ms.toFixed(2), percent(ms / kernelsMs)],
      ...(said === null ? ['-', '-'] : [said.toFixed(2), ms > 0 ? `${(said / ms).toFixed(2)}x` : '-']),
    ]);
  const [head, ...lines] = aligned([
    ['layer', 'type', 'ms', 'of the time', 'predicted ms', 'predicted'],
    ...rows,
  ]);
  return [
    '',
    styles.bold(head!),
    ...lines,
    '',
    `the ${slowest.length} slowest of ${layers.length} layers; all together ${predictedMs === null ? 'not predicted' : `predicted ${predictedMs.toFixed(1)} ms`}; what is fused with another layer counts there`,
  ];
}

/** More than the same operations take at the roof; of what is no convolution, all of it. */
function beyondRoofMs({ ms, gop }: BenchLayers['classes'][number], roofGops: number): number {
  return gop === null ? ms : ms - (1000 * gop) / roofGops;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)}%`;
}
