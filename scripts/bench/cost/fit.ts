// models/cost/measured.json -> the costs of layers that fit it best, and how well they predict networks held out.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeDrawing } from '../../dist/agent/cli/drawing.js';
import { agreementOf } from '../../dist/models/cost/agreement.js';
import { onnxRuntimeCpu } from '../../dist/models/cost/engines.js';
import { CostFit } from '../../dist/models/cost/fit.js';
import { observationsOf } from '../../dist/models/cost/measurements.js';
import { plotAgreement } from '../../dist/models/cost/plot-agreement.js';
import { predict } from '../../dist/models/cost/roofline.js';
import { markdownTable } from '../../dist/models/networks/figures.js';

const HELP = `usage: node scripts/bench/cost-fit.mjs [options]

Fits what layers cost to what cost-measure.mjs measured, prints the costs for models/cost/engines.ts, and how well
each network is predicted by a fit that leaves it out.

  --from FILE   default models/cost/measured.json
  --write       MEASURED.md, measured.svg and measured.png beside it
  --check       fits nothing: how well the costs of engines.ts, as they are, predict what --from has

Examples:
  node scripts/bench/cost-measure.mjs --out mine.json && node scripts/bench/cost-fit.mjs --check --from mine.json
`;
const SUMMARY = ['', 'runs', 'median error', '90% within', 'median ratio', 'rank correlation'];
const folder = new URL('../../models/cost/', import.meta.url);
const { values: options } = parseArgs({
  options: {
    from: { type: 'string', default: fileURLToPath(new URL('measured.json', folder)) },
    write: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) process.stdout.write(HELP);
else {
  const measurements = JSON.parse(await readFile(options.from, 'utf8'));
  if (options.check) check(measurements);
  else await main(measurements);
}

function check(measurements) {
  const compared = ['fp32', 'int8'].map((precision) => [
    precision,
    observationsOf(measurements, precision).map(({ graph, machine, measuredMs }) => ({
      predictedMs: predict(graph, precision, machine, onnxRuntimeCpu).latencyMs,
      measuredMs,
    })),
  ]);
  const rows = [...compared, ['all', compared.flatMap(([, of]) => of)]].map(([name, of]) => {
    const { count, medianError, p90Error, medianRatio, rankCorrelation } = agreementOf(of);
    return [
      ...[name, `${count}`, percent(medianError), percent(p90Error)],
      ...[medianRatio.toFixed(3), rankCorrelation.toFixed(4)],
    ];
  });
  process.stdout.write(`${markdownTable([SUMMARY, ...rows])}\n`);
}

function percent(share) {
  return `${(100 * share).toFixed(1)}%`;
}

async function main(measurements) {
  const rows = [];
  const costs = {};
  for (const precision of ['fp32', 'int8']) {
    const runs = measurements.runs.filter((run) => run.precision === precision);
    const fit = new CostFit(observationsOf(measurements, precision), precision, onnxRuntimeCpu);
    costs[precision] = fit.fit();
    const byNetwork = fit.heldOut();
    const byFamily = fit.heldOut(familyOf);
    for (const [i, run] of runs.entries())
      rows.push({ ...run, measuredMs: run.medianMs, predictedMs: byNetwork[i], byFamilyMs: byFamily[i] });
  }
  const text = report(measurements, rows, costs);
  if (!options.write) return process.stdout.write(text);
  await writeFile(new URL('MEASURED.md', folder), text);
  const svg = plotAgreement(rows);
  for (const format of ['svg', 'png'])
    await writeDrawing(svg, fileURLToPath(new URL(`measured.${format}`, folder)));
}

/** The backbone: csppeleenet of csppeleenet-ref-efm-sam. */
function familyOf(network) {
  return network.split('-', 1)[0];
}

function report({ machine, onnxruntime, commit, measuredAt, roofs }, rows, costs) {
  const groups = [
    ['all', () => true],
    ...['fp32', 'int8'].flatMap((precision) =>
      [1, 2].map((threads) => [
        `${precision}, ${threads === 1 ? '1 thread' : `${threads} threads`}`,
        (row) => row.precision === precision && row.threads === threads,
      ]),
    ),
  ];
  const summary = groups.map(([name, isOf]) => {
    const of = rows.filter(isOf);
    const held = agreementOf(of);
    const family = agreementOf(of.map((row) => ({ ...row, predictedMs: row.byFamilyMs })));
    return [
      ...[name, `${held.count}`, percent(held.medianError), percent(held.p90Error)],
      ...[held.medianRatio.toFixed(3), held.rankCorrelation.toFixed(4)],
      ...[percent(family.medianError), family.rankCorrelation.toFixed(4)],
    ];
  });
  const keys = [...new Set(rows.map(({ network, size }) => `${network} ${size}`))];
  const cells = keys.map((key) => [
    key,
    ...groups.slice(1).map(([, isOf]) => {
      const row = rows.find((one) => isOf(one) && `${one.network} ${one.size}` === key);
      return row === undefined ? '' : `${row.predictedMs.toFixed(1)} / ${row.measuredMs.toFixed(1)}`;
    }),
  ]);
  const names = Object.keys(costs.fp32);
  return [
    '# Predicted and measured\n',
    'Written by `node scripts/bench/cost-fit.mjs --write` from [measured.json](measured.json), which `node scripts/bench/cost-measure.mjs` measured frame by frame with random weights, round after round of all networks. Every prediction is by a fit that has not seen the network, nor another size of it.\n',
    `${machine}; ONNX Runtime ${onnxruntime}; ${commit}, ${measuredAt}. Roofs in the same minutes: ${roofs
      .map(
        (roof) =>
          `${roof.threads === 1 ? '1 thread' : `${roof.threads} threads`} ${roof.fp32Gops} GFLOP/s, int8 ${roof.int8Gops} GOP/s, ${roof.bandwidthGBs} GB/s`,
      )
      .join('; ')}.\n`,
    '![predicted over measured](measured.svg)\n',
    markdownTable([[...SUMMARY, 'a backbone held out', 'rank correlation'], ...summary]),
    'Median error is of |predicted / measured - 1|.\n',
    '## Costs\n',
    'As they stand in `engines.ts`, rounded; `machine.ts` says what they are.\n',
    markdownTable([
      ['', ...names],
      ...Object.entries(costs).map(([precision, of]) => [
        precision,
        ...names.map((name) => of[name].toFixed(2)),
      ]),
    ]),
    '## Networks\n',
    'Predicted / measured, median, ms.\n',
    markdownTable([['network', ...groups.slice(1).map(([name]) => name)], ...cells]),
  ].join('\n');
}
