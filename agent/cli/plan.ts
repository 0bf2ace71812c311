// A device and requirements -> what every detector would do on it, and which to take.

import { type Command, Option } from 'commander';
import { misused } from '#common/errors.js';
import { PRECISIONS, type Precision } from '../../models/cost/work.js';
import { type ChosenModel, chooseModel } from '../device/choose-model.js';
import { limitsOf } from '../device/limits.js';
import { compareWithPaper, paperDocument } from '../device/paper-table.js';
import { DEFAULT_REQUIREMENTS, type PlanRow, type Requirements } from '../device/plan-row.js';
import type { Provider } from '../device/profile.js';
import { findProfile, readProfiles } from '../device/profiles.js';
import { type ChosenMachine, chooseMachine } from '../device/this-machine.js';
import { listOf } from './bench/lists.js';
import { act, newCommand } from './command.js';
import { writeDrawing } from './drawing.js';
import { print, table } from './models/text.js';
import { percent, positiveNumber, wholeNumber } from './numbers.js';
import {
  type MeasuredRows,
  measuredJson,
  measuredRows,
  measuredText,
  whichComesAlong,
} from './plan-bundled.js';
import { folderPlanText, planFolders } from './plan-folders.js';
import { secondLooksPerSecond, secondLookText } from './plan-second-look.js';

interface PlanArguments {
  readonly profile: string;
  readonly powerMode?: string;
  readonly fps: number;
  readonly cameras: number;
  readonly minAp50?: number;
  readonly provider?: Provider;
  readonly precision?: Precision;
  readonly threads?: number;
  readonly json?: true;
  readonly plot?: string;
  readonly paper?: true;
  readonly model?: readonly string[];
}

/** The table of the paper has devices, networks and a form of its own. */
const OF_A_DEVICE: (keyof PlanArguments)[] = [
  ...(['profile', 'powerMode', 'fps', 'cameras', 'minAp50', 'provider', 'precision', 'threads'] as const),
  ...(['model', 'json', 'plot'] as const),
];

export function planCommand(): Command {
  return newCommand('plan', {
    summary: 'predict what each network does on a device, and choose one',
    examples: [
      'cspcam plan',
      'cspcam plan --profile jetson-tx2 --power-mode MAXQ --fps 10 --cameras 2',
      'cspcam plan --profile raspberry-pi-5 --min-ap50 45 --plot plan.svg',
      'cspcam plan --model default,small,models/own --cameras 3',
    ],
  })
    .option('--profile <name or file>', 'as `cspcam profiles list` names it', 'auto')
    .option('--power-mode <name or number>', 'of the profile; default the live one, else the full one')
    .option('--fps <number>', 'wanted of each camera', positiveNumber, DEFAULT_REQUIREMENTS.fps)
    .option('--cameras <number>', 'that share the network', wholeNumber, DEFAULT_REQUIREMENTS.cameras)
    .option('--min-ap50 <percent>', 'published AP50 that is wanted', percent)
    .addOption(
      new Option('--provider <name>', "default: the profile's first").choices(['cpu', 'tensorrt', 'cuda']),
    )
    .addOption(new Option('--precision <name>', "default: the provider's first").choices([...PRECISIONS]))
    .option('--threads <number>', "on the CPU; default: the profile's", wholeNumber)
    .addOption(
      new Option('--model <list>', 'model folders, default or small, in place of the catalogue')
        .argParser(listOf(String))
        .conflicts(['plot', 'minAp50']),
    )
    .option('--json', 'print as JSON')
    .option('--plot <file>', 'draw AP50 over frames per second, .svg or .png')
    .addOption(
      new Option('--paper', "print predictions beside the paper's table 5, as Markdown").conflicts(
        OF_A_DEVICE,
      ),
    )
    .action(act(runPlan));
}

async function runPlan(options: PlanArguments): Promise<void> {
  if (options.paper) return printPaper();
  const { fps, cameras, minAp50, provider, precision, threads } = options;
  const machine = await chooseMachine({
    profile: options.profile,
    ...(options.powerMode !== undefined && { powerMode: options.powerMode }),
  });
  const wanted = {
    requirements: { fps, cameras, ...(minAp50 !== undefined && { minAp50 }) },
    ...(provider && { provider }),
    ...(precision && { precision }),
    ...(threads && { threads }),
  };
  const choice = chooseModel(machine, wanted, misused);
  if (options.model !== undefined) return printFolders(options.model, machine, choice, options);
  if (options.plot !== undefined) {
    // Only drawings need the libraries that draw; every start would pay for them.
    const { plotPlan } = await import('../../models/cost/plot.js');
    const rows = choice.rows.map((row) => ({ ...row, chosen: row === choice.chosen }));
    await writeDrawing(plotPlan(title(machine, choice), rows), options.plot);
  }
  const measured = await measuredRows(choice.rows, choice.precision);
  if (options.json) {
    const rows = choice.rows.map((row) => ({
      ...jsonRow(row, row === choice.chosen, { fps, cameras }),
      measuredAp50: measuredJson(measured.get(row)),
    }));
    // The rows say what is chosen, but not why nothing is.
    if (choice.chosen === undefined) process.stderr.write(`${choice.reasons.join('\n')}\n`);
    return print(JSON.stringify(rows, undefined, 2));
  }
  const along = await whichComesAlong(machine, choice.target, { fps, cameras }, precision);
  print(planText(machine, choice, measured, along, options));
}

async function printFolders(
  directories: readonly string[],
  machine: ChosenMachine,
  choice: ChosenModel,
  options: PlanArguments,
): Promise<void> {
  const { fps, cameras, precision, json } = options;
  const { target, threads } = choice;
  const requirements = { fps, cameras };
  const { provider } = target;
  const plan = { machine, provider, threads, requirements, ...(precision && { precision }) };
  const rows = await planFolders(directories, plan);
  if (json) return print(JSON.stringify(rows, undefined, 2));
  const head = headLines(machine, { target, threads, precision });
  print([...head, '', folderPlanText(rows, requirements)].join('\n'));
}

function jsonRow(row: PlanRow, chosen: boolean, requirements: Requirements) {
  const { model, size, precision, fps, latencyMs, bandwidthShare, memoryMB, ap50 } = row;
  const rounded = (value: number, digits: number) => Number(value.toFixed(digits));
  return {
    model,
    size,
    precision,
    fps: rounded(fps, 2),
    latencyMs: rounded(latencyMs, 2),
    bandwidthShare: rounded(bandwidthShare, 4),
    memoryMB: rounded(memoryMB, 1),
    ap50,
    secondLooksPerSecond: rounded(secondLooksPerSecond(fps, requirements), 2),
    chosen,
  };
}

function planText(
  machine: ChosenMachine,
  choice: ChosenModel,
  measured: MeasuredRows,
  along: string,
  { fps, cameras }: PlanArguments,
): string {
  const head = headLines(machine, choice);
  const rows = choice.rows
    .toSorted((a, b) => b.fps - a.fps)
    .map((row) => [
      row === choice.chosen ? '*' : '',
      row.model,
      `${row.size}`,
      row.fps.toFixed(1),
      row.latencyMs.toFixed(1),
      `${(100 * row.bandwidthShare).toFixed(1)}%`,
      row.memoryMB.toFixed(0),
      row.ap50?.toFixed(1) ?? '-',
      measuredText(measured.get(row)),
      row.bound,
    ]);
  const columns = ['', 'network', 'size', 'fps', 'ms', 'bandwidth', 'MB', 'AP50', 'with cspcam', 'bound'];
  const footnote = `bandwidth: share of the usable at ${fps} frames/s of ${cameras === 1 ? 'a camera' : `each of ${cameras} cameras`}; MB: weights and feature maps; AP50: as published, for fp32; with cspcam: measured of the weights that come with it, persons/vehicles/all, of six classes`;
  const { chosen, reasons } = choice;
  const looks = chosen === undefined ? [] : [secondLookText(chosen, { fps, cameras })];
  return [...head, '', table([columns, ...rows]), footnote, '', ...reasons, along, ...looks].join('\n');
}

/** How everything runs; without a precision, each in its own. */
type Planned = Pick<ChosenModel, 'target' | 'threads'> & { readonly precision: Precision | undefined };

function headLines(machine: ChosenMachine, choice: Planned): string[] {
  const { limits, because } = machine;
  return [
    `${title(machine, choice)}: ${because}`,
    ...limits.remarks,
    ...(machine.measured && choice.target.provider === 'cpu'
      ? [`measured on ${machine.measured.measuredAt.slice(0, 10)}, in place of the profile's figures`]
      : ['predicted from the profile; nothing of it was measured on this machine']),
    ...limits.profile.notes,
  ];
}

function title({ limits }: ChosenMachine, { target, precision, threads }: Planned): string {
  const { provider } = target;
  const how = precision === undefined ? provider : `${provider} ${precision}`;
  const with_ = provider === 'cpu' ? `, ${threads} of ${limits.cores} cores` : '';
  return `${limits.profile.title}, ${how}${with_}`;
}

async function printPaper(): Promise<void> {
  const profiles = await readProfiles();
  const [tx2, i9] = await Promise.all(
    ['jetson-tx2', 'core-i9-9900k'].map((name) => findProfile(name, profiles)),
  );
  process.stdout.write(paperDocument(compareWithPaper(limitsOf(tx2!), limitsOf(i9!))));
}
