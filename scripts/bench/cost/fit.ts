// models/cost/measured.json -> the costs of layers that fit it best, and how well they predict networks held out.

import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { packageFile } from '#common/package.js';
import { act, newCommand } from '../../../agent/cli/command.js';
import { writeDrawing } from '../../../agent/cli/drawing.js';
import { print } from '../../../agent/cli/models/text.js';
import { agreementOf } from '../../../models/cost/agreement.js';
import { onnxRuntimeCpu } from '../../../models/cost/engines.js';
import { CostFit } from '../../../models/cost/fit.js';
import { type Measurements, observationsOf } from '../../../models/cost/measurements.js';
import { plotAgreement } from '../../../models/cost/plot-agreement.js';
import { predict } from '../../../models/cost/roofline.js';
import { markdownTable } from '../../../models/networks/figures.js';
import { agreementCells, type Costs, type FittedRow, fitReport, SUMMARY } from './report.js';

interface Options {
  readonly from: string;
  readonly write?: true;
  readonly check?: true;
}

const PRECISIONS = ['fp32', 'int8'] as const;

export function costFitCommand(): Command {
  return newCommand('cost-fit', {
    summary:
      'fit the costs of layers to what cost-measure measured; each network by a fit that leaves it out',
    examples: [
      'npm run bench -- cost-fit --write',
      'npm run bench -- cost-measure --out mine.json && npm run bench -- cost-fit --check --from mine.json',
    ],
  })
    .option('--from <file>', 'what was measured', packageFile('models/cost/measured.json'))
    .option('--write', 'MEASURED.md, measured.svg and measured.png in models/cost')
    .option('--check', 'fit nothing: how well engines.ts, as it is, predicts what --from has')
    .action(act(fitCosts));
}

async function fitCosts({ from, write, check }: Options): Promise<void> {
  const measurements = JSON.parse(await readFile(from, 'utf8')) as Measurements;
  if (check) return print(checkTable(measurements));
  const { rows, costs } = fit(measurements);
  const text = fitReport(measurements, rows, costs);
  if (!write) return print(text);
  await writeFile(packageFile('models/cost/MEASURED.md'), text);
  const svg = plotAgreement(rows);
  for (const format of ['svg', 'png']) await writeDrawing(svg, packageFile(`models/cost/measured.${format}`));
}

function checkTable(measurements: Measurements): string {
  const compared = PRECISIONS.map((precision) => ({
    name: precision,
    of: observationsOf(measurements, precision).map(({ graph, machine, measuredMs }) => ({
      predictedMs: predict(graph, precision, machine, onnxRuntimeCpu).latencyMs,
      measuredMs,
    })),
  }));
  const all = { name: 'all', of: compared.flatMap(({ of }) => of) };
  const rows = [...compared, all].map(({ name, of }) => [name, ...agreementCells(agreementOf(of))]);
  return markdownTable([SUMMARY, ...rows]);
}

function fit(measurements: Measurements): { rows: FittedRow[]; costs: Costs } {
  const rows: FittedRow[] = [];
  const fitted = PRECISIONS.map((precision) => {
    const runs = measurements.runs.filter((run) => run.precision === precision);
    const fit = new CostFit(observationsOf(measurements, precision), precision, onnxRuntimeCpu);
    const byNetwork = fit.heldOut();
    const byFamily = fit.heldOut(familyOf);
    for (const [i, run] of runs.entries())
      rows.push({
        ...run,
        measuredMs: run.medianMs,
        predictedMs: byNetwork[i]!,
        byFamilyMs: byFamily[i]!,
      });
    return [precision, fit.fit()] as const;
  });
  return { rows, costs: Object.fromEntries(fitted) };
}

/** The backbone: csppeleenet of csppeleenet-ref-efm-sam. */
function familyOf(network: string): string {
  return network.split('-', 1)[0]!;
}
