// `cspcam bench`: how fast networks are on this machine, and whether they got slower.

import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { monotonicMs } from '#common/clock.js';
import { expected, UsageError } from '#common/errors.js';
import { writeWhole } from '#common/write-file.js';
import { PRECISIONS } from '../../models/cost/work.js';
import { compareBench, readBench } from '../bench/against.js';
import { benchCsv } from '../bench/csv.js';
import { expectGoingOn } from '../bench/interrupted.js';
import { CLIP } from '../bench/picture.js';
import { type BenchDocument, type Scenario, scenarios } from '../bench/result.js';
import { benchSteps, runBench } from '../bench/run.js';
import { expectPlace } from '../bench/write.js';
import { chooseMachine } from '../device/this-machine.js';
import { type CaseArguments, type Prepared, prepareCases } from './bench/cases.js';
import { listOf, oneOf } from './bench/lists.js';
import { openLiveAgent } from './bench/live-agent.js';
import { benchText, paperText, type Styles, verdictText } from './bench/text.js';
import { actInOrder, newCommand } from './command.js';
import { print } from './models/text.js';
import { inputSize, percent, positiveNumber, wholeNumber } from './numbers.js';
import { beforeForcedEnd } from './process-end.js';
import { showProgress } from './progress.js';

interface BenchArguments extends CaseArguments {
  readonly scenario?: readonly Scenario[];
  readonly duration?: number;
  readonly source: string;
  readonly compare?: true;
  readonly against?: string;
  readonly tolerance: number;
  readonly force?: true;
  readonly json?: string | true;
  readonly csv?: string;
  readonly html?: string;
}

/** Seconds of each case in a scenario. */
const DURATIONS: Readonly<Record<Scenario, number>> = { single: 10, offline: 10, live: 30, sustained: 300 };
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
      'cspcam bench --paper',
    ],
  })
    .option(
      '--model <list>',
      'model folders, or networks of `cspcam models list` with random weights',
      listOf(String),
    )
    .option('--size <list>', 'input sizes in pixels, as 320,416 (default: its own)', listOf(inputSize))
    .option('--precision <list>', 'fp32, int8, fp16 (default: its own)', listOf(oneOf(PRECISIONS)))
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
      'single: one frame after the other; offline: the next is there already; live: a camera or clip at its own pace through the whole agent; sustained: long enough to get hot (default: single,offline)',
      listOf(oneOf(scenarios)),
    )
    .option(
      '--duration <seconds>',
      'of each case in each scenario (default: 10; live 30, sustained 300)',
      positiveNumber,
    )
    .option('--source <uri>', 'for scenario live (default: the street clip)', CLIP)
    .option('--compare', 'fp32 beside int8, unless --precision says which')
    .option('--paper', "the rows of the paper's table 5, beside its figures")
    .option('--against <file>', 'an earlier --json: exit code 3 where something got slower')
    .option(
      '--tolerance <percent>',
      'by which a median may be slower, at least; more where figures are noisy',
      percent,
      5,
    )
    .option('--force', 'with --against: also figures of another machine or network')
    .option('--json [file]', 'print or write all figures as JSON; - is standard output')
    .option('--csv <file>', 'write the table as CSV')
    .option('--html <file>', 'write a report with charts, one file that needs nothing else')
    .addHelpText(
      'after',
      '\nLists, as 320,416, are measured in turns, so that a disturbance hits all of them.\nExit codes: 0 done, 1 failed or interrupted (nothing is written then), 2 wrong usage, 3 slower than --against.',
    )
    .action(actInOrder(bench, { isPatient: true }));
}

async function bench(given: BenchArguments, signal: AbortSignal): Promise<void> {
  const options = checked(given);
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

/** @throws UsageError for options that contradict each other */
function checked(options: BenchArguments): BenchArguments {
  if (options.paper && (options.model !== undefined || options.size !== undefined))
    throw new UsageError('expected --paper without --model and --size: the table says them');
  if (options.force && options.against === undefined)
    throw new UsageError('expected --against beside --force, received --force alone');
  return options.compare ? { precision: ['fp32', 'int8'], ...options } : options;
}

async function readEarlier(file: string): Promise<BenchDocument> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw expected('a readable file', file, error.code ?? error.message, error);
  });
  return readBench(text, file);
}

async function measure(
  options: BenchArguments,
  temporary: string,
  signal: AbortSignal,
): Promise<{ readonly document: BenchDocument; readonly prepared: readonly Prepared[] }> {
  const machine = await chooseMachine({ here: true });
  const prepared = await prepareCases(options, { machine, temporary, signal });
  const cases = prepared.map(({ subject }) => subject);
  const wanted = options.scenario ?? (options.paper ? ['single'] : ['single', 'offline']);
  const seconds = (scenario: Scenario) => options.duration ?? DURATIONS[scenario];
  const progress = showProgress('measuring', benchSteps({ cases, scenarios: wanted, seconds }));
  try {
    const document = await runBench({
      cases,
      scenarios: wanted,
      seconds,
      machine,
      source: options.source,
      openAgent: openLiveAgent,
      signal,
      nowMs: monotonicMs,
      onStep: () => progress.advance(),
    });
    return { document, prepared };
  } finally {
    progress.end();
  }
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

/** hasColors knows NO_COLOR, FORCE_COLOR and TERM. */
function styles(): Styles {
  const colours = process.stdout.isTTY && process.stdout.hasColors();
  const style = (on: number, off: number) => (text: string) =>
    colours ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return { bold: style(1, 22), warn: style(33, 39), bad: style(31, 39), good: style(32, 39) };
}
