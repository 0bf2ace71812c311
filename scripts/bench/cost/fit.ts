// models/cost/measured/ -> the costs of layers that fit it best, and how well they predict networks and machines held out.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { packageFile } from '#common/package.js';
import { act, newCommand } from '../../../agent/cli/command.js';
import { writeDrawing } from '../../../agent/cli/drawing.js';
import { print } from '../../../agent/cli/models/text.js';
import { agreementOf } from '../../../models/cost/agreement.js';
import { onnxRuntimeCpu } from '../../../models/cost/engines.js';
import { CostFit } from '../../../models/cost/fit.js';
import { leaveOut, predictMeasured } from '../../../models/cost/left-out.js';
import { type Measurements, observationsOf } from '../../../models/cost/measurements.js';
import { plotAgreement } from '../../../models/cost/plot-agreement.js';
import { predict } from '../../../models/cost/roofline.js';
import { markdownTable } from '../../../models/networks/figures.js';
import {
  agreementCells,
  type Costs,
  type FittedMachine,
  type FittedRow,
  fitReport,
  SUMMARY,
} from './report.js';

interface Options {
  readonly from?: string;
  readonly write?: true;
}

const PRECISIONS = ['fp32', 'int8'] as const;
const FOLDER = 'models/cost/measured';

export function costFitCommand(): Command {
  return newCommand('cost-fit', {
    summary:
      'fit the costs of layers to what cost-measure measured; networks and machines by fits that leave them out',
    examples: [
      'npm run bench -- cost-fit --write',
      'npm run bench -- cost-measure --out mine.json && npm run bench -- cost-fit --from mine.json',
    ],
  })
    .option('--from <file>', 'fit nothing: how well engines.ts, as it is, predicts what this file has')
    .option('--write', 'MEASURED.md, measured.svg and measured.png in models/cost')
    .action(act(fitCosts));
}

async function fitCosts({ from, write }: Options): Promise<void> {
  if (from !== undefined) return print(checkTable(await read(from)));
  const names = (await readdir(packageFile(FOLDER))).toSorted();
  const sets = await Promise.all(names.map((name) => read(packageFile(join(FOLDER, name)))));
  const machines = sets.map((set, i) => fittedMachine(basename(names[i]!, '.json'), set, sets));
  const text = fitReport(machines, costsOf(sets));
  if (!write) return print(text);
  await writeFile(packageFile('models/cost/MEASURED.md'), text);
  const svg = plotAgreement(machines.flatMap(({ leftOut }) => leftOut));
  for (const format of ['svg', 'png']) await writeDrawing(svg, packageFile(`models/cost/measured.${format}`));
}

async function read(file: string): Promise<Measurements> {
  return JSON.parse(await readFile(file, 'utf8')) as Measurements;
}

function checkTable(measurements: Measurements): string {
  const rows = PRECISIONS.map((precision) => ({
    name: precision,
    fromRoofs: observationsOf(measurements, precision).map(({ graph, machine, measuredMs }) => ({
      predictedMs: predict(graph, precision, machine, onnxRuntimeCpu).latencyMs,
      measuredMs,
    })),
    measured: predictMeasured(measurements, precision, onnxRuntimeCpu),
  }));
  const all = {
    name: 'all',
    fromRoofs: rows.flatMap(({ fromRoofs }) => fromRoofs),
    measured: rows.flatMap(({ measured }) => measured),
  };
  const cells = [...rows, all].flatMap(({ name, fromRoofs, measured }) => [
    [`${name}, by roofs`, ...agreementCells(agreementOf(fromRoofs))],
    [`${name}, as profiles measure lets predict`, ...agreementCells(agreementOf(measured))],
  ]);
  return markdownTable([SUMMARY, ...cells]);
}

function costsOf(sets: readonly Measurements[]): Costs {
  const fitted = PRECISIONS.map((precision) => {
    const seen = sets.flatMap((set) => observationsOf(set, precision));
    return [precision, new CostFit(seen, precision, onnxRuntimeCpu).fit()] as const;
  });
  return Object.fromEntries(fitted);
}

function fittedMachine(name: string, set: Measurements, sets: readonly Measurements[]): FittedMachine {
  const others = sets.filter((other) => other !== set);
  return {
    name,
    measurements: set,
    rows: within(set),
    leftOut: leaveOut(set, others, onnxRuntimeCpu),
    byOne: others.map((one) => leaveOut(set, [one], onnxRuntimeCpu)),
    byRoofs: leaveOut(set, others, onnxRuntimeCpu, 'roofs'),
  };
}

/** Each network by a fit to the others on the same machine. */
function within(measurements: Measurements): FittedRow[] {
  return PRECISIONS.flatMap((precision) => {
    const runs = measurements.runs.filter((run) => run.precision === precision);
    const fit = new CostFit(observationsOf(measurements, precision), precision, onnxRuntimeCpu);
    const [byNetwork, byFamily] = [fit.heldOut(), fit.heldOut(familyOf)];
    return runs.map((run, i) => ({
      ...run,
      measuredMs: run.medianMs,
      predictedMs: byNetwork[i]!,
      byFamilyMs: byFamily[i]!,
    }));
  });
}

/** The backbone: csppeleenet of csppeleenet-ref-efm-sam. */
function familyOf(network: string): string {
  return network.split('-', 1)[0]!;
}
