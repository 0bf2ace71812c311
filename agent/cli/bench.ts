// `cspcam bench`: how fast networks are on this machine, and whether they got slower.

import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expected } from '#common/errors.js';
import { writeWhole } from '#common/write-file.js';
import { PRECISIONS } from '../../models/cost/work.js';
import { compareBench, readBench } from '../bench/against.js';
import { benchCsv } from '../bench/csv.js';
import { expectGoingOn } from '../bench/interrupted.js';
import { CLIP } from '../bench/picture.js';
import { type BenchDocument, scenarios } from '../bench/result.js';
import { suiteNames } from '../bench/suite.js';
import { expectPlace } from '../bench/write.js';
import { type BenchArguments, checked } from './bench/arguments.js';
import type { Prepared } from './bench/cases.js';
import { listOf, oneOf } from './bench/lists.js';
import { CAMERAS, measure } from './bench/measure.js';
import { styles } from './bench/styles.js';
import { printResultsTable, submit } from './bench/submit.js';
import { benchText, paperText, verdictText } from './bench/text.js';
import { actInOrder, newCommand } from './command.js';
import { print } from './models/text.js';
import { inputSize, percent, positiveNumber, wholeNumber } from './numbers.js';
import { beforeForcedEnd } from './process-end.js';

const REGRESSION_EXIT_CODE = 3;

export function benchCommand(): Command {
  return newCommand('bench', {
    summary: 'measure how fast networks are on this machine',
    examples: [
      'cspcam bench                                            # the network that comes with cspcam, some 20 s',
      'cspcam bench --model yolov3-tiny,csppeleenet-efm-sam --size 320,416 --precision fp32,int8 --html report.html',
      'cspcam bench --compare                                  # fp32 beside int8',
      'cspcam bench --scenario live --source rtsp://camera.local/stream',
      'cspcam bench --scenario sustained --duration 600 --html sustained.html',
      'cspcam bench --json before.json; cspcam bench --against before.json',
      'cspcam bench --model models/yolox,models/yolov8n --data coco/annotations.json --split val --html pareto.html',
      'cspcam bench --scenario multistream --fps 15 --max-age 150  # how many cameras',
      'cspcam bench --scenario coldstart                           # load, open, first result, memory',
      'cspcam bench --layers                                       # where the time of a network goes',
      'cspcam bench --suite edge-1 --json edge-1.json; cspcam bench --submit edge-1.json',
      'cspcam bench --paper',
    ],
  })
    .option(
      '--model <list>',
      'model folders, or networks of `cspcam models list` with random weights',
      listOf(String),
    )
    .option('--size <list>', 'input sizes in pixels, as 320,416 (default: its own)', listOf(inputSize))
    .option(
      '--precision <list>',
      'fp32, int8 (default: what the agent would run, an engine in 16 bits where that is faster)',
      listOf(oneOf(PRECISIONS)),
    )
    .option('--provider <list>', 'execution providers (default: cpu)', listOf(String))
    .option(
      '--threads <list>',
      'of a session (default: as the agent would on this machine)',
      listOf(wholeNumber),
    )
    .option(
      '--sessions <number>',
      'frames at the same time in scenario offline (default: as many as fit)',
      wholeNumber,
    )
    .option(
      '--scenario <list>',
      'single: one frame after the other; offline: the next is there already; multistream: how many cameras within --max-age; live: a camera or clip at its own pace through the whole agent; sustained: long enough to get hot; coldstart: processes of their own (default: single,offline)',
      listOf(oneOf([...scenarios, 'coldstart'] as const)),
    )
    .option(
      '--duration <seconds>',
      'of each case in each scenario (default: 10; live 30, sustained 300; multistream 5, of each trial)',
      positiveNumber,
    )
    .option('--source <uri>', 'for scenario live (default: the street clip)', CLIP)
    .option(
      '--fps <number>',
      `of each camera in scenario multistream (default: ${CAMERAS.fps})`,
      positiveNumber,
    )
    .option(
      '--max-age <milliseconds>',
      `in scenario multistream, of 99% of the frames when they have been looked at (default: ${CAMERAS.maxAgeMs})`,
      positiveNumber,
    )
    .option('--layers', "time of each layer, by ONNX Runtime's profiler; alone where no --scenario is given")
    .option('--data <file>', 'annotations in COCO format: average precision beside speed')
    .option('--images <directory>', 'pictures of --data (default: images/ beside the annotations)')
    .option('--split <name>', 'only the pictures that the annotations give this split')
    .option('--compare', 'fp32 beside int8, unless --precision says which')
    .option('--paper', "the rows of the paper's table 5, beside its figures")
    .option(
      '--suite <name or file>',
      `frozen: networks, scenarios and durations (${suiteNames().join(', ')})`,
    )
    .option('--submit <file>', 'check what --suite --json wrote, and write what of it may be published')
    .option('--to <directory>', 'with --submit: where to', '.')
    .option(
      '--results <directory>',
      'print the table of the submissions in there, as Markdown; with --json the submissions',
    )
    .option('--against <file>', 'an earlier --json: exit code 3 where something got slower')
    .option(
      '--tolerance <percent>',
      'by which a median may be slower, at least; more where figures are noisy',
      percent,
      5,
    )
    .option(
      '--force',
      'with --against: also figures of another machine, network or load of cameras; with --submit: replace a file',
    )
    .option('--json [file]', 'print or write all figures as JSON; - is standard output')
    .option('--csv <file>', 'write the table as CSV')
    .option('--html <file>', 'write a report with charts, one file that needs nothing else')
    .addHelpText(
      'after',
      '\nLists, as 320,416, are measured in turns, so that a disturbance hits all of them.\nExit codes: 0 done, 1 failed or interrupted (nothing is written then), 2 wrong usage, 3 slower than --against.',
    )
    .action(actInOrder(bench));
}

async function bench(given: BenchArguments, signal: AbortSignal): Promise<void> {
  const options = checked(given);
  if (options.submit !== undefined) return submit(options.submit, options);
  if (options.results !== undefined) return printResultsTable(options.results, options);
  const earlier = options.against === undefined ? undefined : await readEarlier(options.against);
  for (const file of filesOf(options)) await expectPlace(file);
  expectGoingOn(signal);
  const temporary = await mkdtemp(join(tmpdir(), 'cspcam-bench-'));
  const forget = beforeForcedEnd(() => rmSync(temporary, { recursive: true, force: true }));
  try {
    const { document, prepared } = await measure(options, temporary, signal);
    await report(document, prepared, options);
    if (earlier !== undefined) judge(earlier, document, options);
  } catch (error) {
    expectGoingOn(signal);
    throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
    forget();
  }
}

async function readEarlier(file: string): Promise<BenchDocument> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw expected('a readable file', file, error.code ?? error.message, error);
  });
  return readBench(text, file);
}

async function report(
  document: BenchDocument,
  prepared: readonly Prepared[],
  options: BenchArguments,
): Promise<void> {
  const { json, csv, html, paper } = options;
  const text = `${JSON.stringify(document, undefined, 2)}\n`;
  if (typeof json === 'string' && json !== '-') await writeWhole(json, text);
  if (csv !== undefined) await writeWhole(csv, benchCsv(document));
  if (html !== undefined) {
    // Only the report draws; every start would pay for the libraries that do.
    const { benchReport } = await import('../bench/report/report.js');
    await writeWhole(html, benchReport(document, prepared));
  }
  if (json === true || json === '-') process.stdout.write(text);
  else print(`${benchText(document, styles())}${paper ? paperText(document.results, styles()) : ''}`);
  const files = filesOf(options);
  if (files.length > 0) process.stderr.write(`wrote ${files.join(', ')}\n`);
}

function filesOf({ json, csv, html }: BenchArguments): string[] {
  return [json, csv, html].filter((file) => typeof file === 'string' && file !== '-') as string[];
}

function judge(earlier: BenchDocument, document: BenchDocument, options: BenchArguments): void {
  const verdicts = compareBench(earlier, document, {
    tolerance: options.tolerance / 100,
    force: options.force ?? false,
  });
  const text = verdictText(verdicts, options.against!, styles());
  if (options.json === true || options.json === '-') process.stderr.write(`${text}\n`);
  else print(text);
  if (verdicts.some(({ verdict }) => verdict === 'regression')) process.exitCode = REGRESSION_EXIT_CODE;
}
