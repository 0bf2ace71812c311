// Catalogue -> every network's figures beside the published ones, as data and as the table of the documentation.

import { CATALOGUE } from './catalogue.js';
import { cio, countFile } from './count.js';
import { buildNetwork, countAsPublished, type NetworkSpec, type Published } from './network-spec.js';

export interface Figures {
  readonly name: string;
  readonly task: NetworkSpec['task'];
  /** Width and height of the input, pixels. */
  readonly size: number;
  /** By the convention of the published figure, not in millions. */
  readonly parameters: number;
  readonly bflops: number;
  /** Floats in the Darknet weight file. */
  readonly fileParameters: number;
  /** Convolutional input/output, millions of values. */
  readonly cio: number;
  readonly published: Omit<Published, 'size'>;
  /** Ours against the published figure, percent. */
  readonly deviation: { readonly parameters?: number; readonly bflops?: number };
  readonly inferred: boolean;
  readonly inferredFrom?: string;
  /** Who offers trained weights. */
  readonly weights?: string;
}

/** One for each size that figures were published for, the default size first. */
export function figuresOf(system: NetworkSpec): Figures[] {
  return system.published.map(({ size, ...published }) => {
    const graph = buildNetwork(system, { size });
    const { parameters, bflops } = countAsPublished(system, graph);
    return {
      name: system.name,
      task: system.task,
      size,
      parameters,
      bflops,
      fileParameters: countFile(graph).parameters,
      cio: cio(graph),
      published,
      deviation: {
        ...(published.parameters && { parameters: percent(parameters / 1e6, published.parameters) }),
        ...(published.bflops && { bflops: percent(bflops, published.bflops) }),
      },
      inferred: system.inferred !== undefined,
      ...(system.inferred && { inferredFrom: system.inferred }),
      ...(system.weights && { weights: system.weights }),
    };
  });
}

export const FIGURE_COLUMNS = [
  'network',
  'size',
  'parameters',
  'published',
  'BFLOPs',
  'published',
  'CIO',
  'AP / AP50 or top-1',
  'source',
  'weights',
  'wiring',
] as const;

export function rowOf(figures: Figures): string[] {
  const { published, deviation } = figures;
  const against = (value: number | undefined, percents: number | undefined, unit: string) =>
    value === undefined ? '-' : `${value}${unit} (${signed(percents!)})`;
  return [
    figures.name,
    `${figures.size}`,
    `${(figures.parameters / 1e6).toFixed(2)} M`,
    against(published.parameters, deviation.parameters, ' M'),
    figures.bflops.toFixed(3),
    against(published.bflops, deviation.bflops, ''),
    `${figures.cio.toFixed(1)} M`,
    accuracy(published),
    published.source,
    figures.weights ?? '-',
    figures.inferred ? 'inferred' : 'known',
  ];
}

/** Every network at every published size, as a Markdown document. */
export function figuresDocument(): string {
  const section = (task: NetworkSpec['task']) => {
    const systems = CATALOGUE.filter((system) => system.task === task);
    return markdownTable([FIGURE_COLUMNS, ...systems.flatMap(figuresOf).map(rowOf)]);
  };
  const inferred = CATALOGUE.filter((system) => system.inferred).map(
    (system) => `- ${system.name}: ${system.inferred}\n`,
  );
  return [
    '# Our figures beside the published ones\n\n',
    'Written by `cspcam models list --markdown`; deviations in percent of the published figure.\n\n',
    `## Classifiers\n\n${section('classification')}\n`,
    `## Detectors\n\n${section('detection')}\n`,
    `## What is inferred, and from what\n\n${inferred.join('')}`,
  ].join('');
}

/** Cells padded, as formatters want it. */
export function markdownTable([header, ...rows]: readonly (readonly string[])[]): string {
  const widths = header!.map((_, i) => Math.max(...[header!, ...rows].map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |\n`;
  return [line(header!), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('');
}

function accuracy({ top1, ap, ap50 }: Figures['published']): string {
  if (top1 !== undefined) return top1.toFixed(1);
  return ap50 === undefined ? '-' : `${ap?.toFixed(1) ?? '-'} / ${ap50.toFixed(1)}`;
}

function percent(ours: number, published: number): number {
  return (ours / published - 1) * 100;
}

function signed(percents: number): string {
  const text = percents.toFixed(2);
  return `${percents < 0 ? '' : '+'}${text}%`;
}
