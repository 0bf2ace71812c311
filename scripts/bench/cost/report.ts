// Measurements, predictions and fitted costs -> MEASURED.md. Pure.

import { type Agreement, agreementOf, quantile } from '../../../models/cost/agreement.js';
import type { LeftOut } from '../../../models/cost/left-out.js';
import type { Measurements, Run } from '../../../models/cost/measurements.js';
import { THIN_NETWORK } from '../../../models/cost/slowness.js';
import { markdownTable } from '../../../models/networks/figures.js';

/** By precision, then by name of the cost. */
export type Costs = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface FittedRow extends Run {
  readonly measuredMs: number;
  /** By a fit without the network. */
  readonly predictedMs: number;
  /** By a fit without the network's whole family. */
  readonly byFamilyMs: number;
}

export interface FittedMachine {
  /** Of its file. */
  readonly name: string;
  readonly measurements: Measurements;
  readonly rows: readonly FittedRow[];
  /** By a fit on all other machines. */
  readonly leftOut: readonly LeftOut[];
  /** By a fit on one of the others, in their order. */
  readonly byOne: readonly (readonly LeftOut[])[];
  /** As `leftOut`, without the time of the thin network. */
  readonly byRoofs: readonly LeftOut[];
}

interface Group {
  readonly name: string;
  readonly has: (row: Pick<Run, 'precision' | 'threads'>) => boolean;
}

const PRECISIONS = ['fp32', 'int8'] as const;

export const SUMMARY = ['', 'runs', 'median error', '90% within', 'median ratio', 'rank correlation'];

const GROUPS: readonly Group[] = [
  { name: 'all', has: () => true },
  ...PRECISIONS.flatMap((precision) =>
    [1, 2].map((threads) => ({
      name: `${precision}, ${threadsText(threads)}`,
      has: (row: Pick<Run, 'precision' | 'threads'>) =>
        row.precision === precision && row.threads === threads,
    })),
  ),
];

/** Below SUMMARY, but for its first column. */
export function agreementCells(agreement: Agreement): string[] {
  const { count, medianError, p90Error, medianRatio, rankCorrelation } = agreement;
  return [
    ...[`${count}`, percent(medianError), percent(p90Error)],
    ...[medianRatio.toFixed(3), rankCorrelation.toFixed(4)],
  ];
}

export function fitReport(machines: readonly FittedMachine[], costs: Costs): string {
  const names = Object.keys(Object.values(costs)[0]!);
  const { network, size } = THIN_NETWORK;
  return [
    '# Predicted and measured\n',
    'Written by `npm run bench -- cost-fit --write` from the files of [measured](measured), which `npm run bench -- cost-measure` measured frame by frame with random weights, round after round of all networks. Median error is of |predicted / measured - 1|, measured is the median.\n',
    markdownTable([
      [
        '',
        'machine',
        'int8 form',
        'threads',
        'GFLOP/s',
        'int8 GOP/s',
        'GB/s',
        'median / quickest',
        'commit, day',
      ],
      ...machines.flatMap(({ name, measurements }) => roofRows(name, measurements)),
    ]),
    '`median / quickest` of the runs, the middle and the worst tenth: how quiet the machine was. zen4-vnni and zen4-avx2 are one machine, with ONNX Runtime kept from its instructions beyond AVX2 (`npm run bench -- without-vnni`).\n',
    '## A machine left out\n',
    `By costs fitted on the other machines, and of the machine itself what \`cspcam profiles measure\` finds: roofs, bandwidth and the time of ${network} at ${size}, which is not among the ${count(machines)} runs compared. The time of it stands in the same file, as it was measured among the others.\n`,
    markdownTable([
      ['machine left out', 'fitted on', ...SUMMARY.slice(1)],
      ...machines.flatMap(({ name, leftOut, byOne }) => [
        [name, 'all others', ...agreementCells(agreementOf(leftOut))],
        ...byOne.map((one, i) => [
          '',
          machines.filter((other) => other.name !== name)[i]!.name,
          ...agreementCells(agreementOf(one)),
        ]),
      ]),
    ]),
    'The same, all others, by precision and threads; and by roofs and bandwidth alone, without the time of the thin network.\n',
    markdownTable([
      ['machine left out', ...GROUPS.map(({ name }) => name), 'all, by roofs alone'],
      ...machines.map(({ name, leftOut, byRoofs }) => [
        name,
        ...GROUPS.map(({ has }) => errorCell(leftOut.filter(has))),
        errorCell(byRoofs),
      ]),
    ]),
    'Median error (median of predicted / measured).\n',
    '![predicted over measured](measured.svg)\n',
    '## A network left out\n',
    'By a fit on the same machine that has not seen the network, nor another size of it.\n',
    markdownTable([
      ['machine', ...SUMMARY, 'a backbone held out', 'rank correlation'],
      ...machines.flatMap(({ name, rows }) => withinRows(name, rows)),
    ]),
    '## Costs\n',
    'As they stand in `engines.ts`, rounded, fitted on all machines; `machine.ts` says what they are.\n',
    markdownTable([
      ['', ...names],
      ...Object.entries(costs).map(([precision, of]) => [
        precision,
        ...names.map((name) => of[name]!.toFixed(2)),
      ]),
    ]),
    '## Networks\n',
    'Predicted / measured, median, ms, one thread, of each machine left out.\n',
    networkTable(machines),
  ].join('\n');
}

function roofRows(
  name: string,
  { machine, int8Form, roofs, runs, commit, measuredAt }: Measurements,
): string[][] {
  return roofs.map(({ threads, fp32Gops, int8Gops, bandwidthGBs }) => {
    const noise = runs.filter((run) => run.threads === threads).map((run) => run.medianMs / run.minMs);
    const [middle, worst] = [quantile(noise, 0.5), quantile(noise, 0.9)].map((one) => one.toFixed(2));
    return [
      ...[name, machine, int8Form, `${threads}`, `${fp32Gops}`, `${int8Gops}`, `${bandwidthGBs}`],
      ...[`${middle}, ${worst}`, `${commit}, ${measuredAt}`],
    ];
  });
}

function withinRows(name: string, rows: readonly FittedRow[]): string[][] {
  return GROUPS.map(({ name: group, has }) => {
    const of = rows.filter(has);
    const family = agreementOf(of.map((row) => ({ ...row, predictedMs: row.byFamilyMs })));
    const familyCells = [percent(family.medianError), family.rankCorrelation.toFixed(4)];
    return [group === 'all' ? name : '', group, ...agreementCells(agreementOf(of)), ...familyCells];
  });
}

function errorCell(rows: readonly LeftOut[]): string {
  const { medianError, medianRatio } = agreementOf(rows);
  return `${percent(medianError)} (${medianRatio.toFixed(2)})`;
}

function count([first]: readonly FittedMachine[]): number {
  return first!.leftOut.length;
}

function networkTable(machines: readonly FittedMachine[]): string {
  const keyOf = ({ network, size }: LeftOut) => `${network} ${size}`;
  const columns = machines.flatMap(({ name, leftOut }) =>
    PRECISIONS.map((precision) => ({
      name: `${name} ${precision}`,
      rows: leftOut.filter((row) => row.threads === 1 && row.precision === precision),
    })),
  );
  const cells = columns[0]!.rows.map((first) => [
    keyOf(first),
    ...columns.map(({ rows }) => {
      const { predictedMs, measuredMs } = rows.find((row) => keyOf(row) === keyOf(first))!;
      return `${predictedMs.toFixed(1)} / ${measuredMs.toFixed(1)}`;
    }),
  ]);
  return markdownTable([['network', ...columns.map(({ name }) => name)], ...cells]);
}

function threadsText(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
