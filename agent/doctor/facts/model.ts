// Configuration and model folders -> the model that would run, whether its files are whole, and whether it runs.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CspcamError } from '#common/errors.js';
import { packageFile } from '#common/package.js';
import {
  hasDarknetFiles,
  hasRanges,
  type ModelFolder,
  readDarknetPair,
  readNetworkFile,
  readRanges,
} from '../../../models/folder/folder.js';
import { worksOfFolder } from '../../../models/folder/works.js';
import { choiceOf } from '../../../models/runtime/network.js';
import type { StartReply, StartRequest } from '../../bench/cold-start/child.js';
import { AUTO } from '../../config/model-words.js';
import type { Config } from '../../config/schema.js';
import { chooseModel } from '../../device/choose-model.js';
import { plannedProvider } from '../../device/execution-target.js';
import { rowOf } from '../../device/plan.js';
import type { ChosenMachine } from '../../device/this-machine.js';
import { autoModel } from '../../inference/auto-model.js';
import { chosenModel } from '../../inference/bundled-models.js';
import { executionOn } from '../../inference/execution.js';

export interface ModelFacts {
  /** Nothing where there is none, or one that is broken. */
  readonly model?: PresentModel;
  readonly failure?: string;
  readonly trial?: ModelTrial;
}

export interface PresentModel {
  readonly directory: string;
  readonly name: string;
  /** What `auto` takes, or what was asked for. */
  readonly precision: 'fp32' | 'int8';
  readonly reason: string;
  /** Weights and feature maps of all sessions, as the cost model has it. */
  readonly memoryMB?: number;
}

export type ModelTrial =
  | { readonly openMs: number; readonly frameMs: number }
  /** A signal ends who meets an instruction that the processor lacks. */
  | { readonly failure: string; readonly signal?: string };

type Inference = Pick<Config, 'inference' | 'cameras' | 'model' | 'models'>;

/** Of a machine without a configuration: what one that says nothing would take. */
const PLAIN: Inference = {
  inference: {
    provider: 'auto',
    precision: 'auto',
    mode: 'auto',
    sessions: 'auto',
    threads: 'auto',
    oneLabelOf: [],
  },
  cameras: {},
};

export async function readModel(
  config: Inference | undefined,
  machine: ChosenMachine | undefined,
  signal: AbortSignal,
): Promise<ModelFacts> {
  try {
    const model = await presentModel(config, machine);
    const { directory, precision } = model;
    const { inference } = config ?? PLAIN;
    const provider = inference.provider === 'auto' ? plannedProvider(inference.provider) : inference.provider;
    const trial = await tryModel({ directory, provider, precision, threads: 1, isRandom: false }, signal);
    return { model, trial };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CspcamError) return { failure: error.message };
    throw error;
  }
}

/** @throws CspcamError where there is none, or one whose files are not whole */
export async function presentModel(
  config: Inference = PLAIN,
  machine: ChosenMachine | undefined,
): Promise<PresentModel> {
  const folder = await folderFor(config, machine);
  await expectWhole(folder);
  const { precision, reason } = await choiceOf(
    folder,
    plannedProvider(config.inference.provider),
    config.inference.precision,
  );
  const memoryMB = machine && (await memoryOf(folder, precision, config, machine));
  const { directory, description } = folder;
  return {
    directory,
    name: description.name,
    precision,
    reason,
    ...(memoryMB !== undefined && { memoryMB }),
  };
}

async function folderFor(config: Inference, machine: ChosenMachine | undefined): Promise<ModelFolder> {
  if (config.model !== AUTO) return chosenModel(config.model);
  if (machine === undefined) return chosenModel(undefined);
  return (await autoModel(config, machine)).model;
}

/** @throws CspcamError for a file whose sum is not that of model.json */
async function expectWhole(folder: ModelFolder): Promise<void> {
  await readNetworkFile(folder);
  if (hasDarknetFiles(folder)) await readDarknetPair(folder);
  if (hasRanges(folder)) await readRanges(folder);
}

async function memoryOf(
  folder: ModelFolder,
  precision: 'fp32' | 'int8',
  config: Inference,
  machine: ChosenMachine,
): Promise<number | undefined> {
  const works = await worksOfFolder(folder, precision);
  const { sessions, threads } = executionOn(machine, config);
  try {
    const { target } = chooseModel(machine, {
      provider: plannedProvider(config.inference.provider),
      precision,
      threads,
      among: [],
    });
    const { name, input } = folder.description;
    const of = { model: name, size: input.width, precision, ap50: null, ap50Source: 'published' } as const;
    return sessions * rowOf(of, works, target, { fps: 1, cameras: 1 }).memoryMB;
  } catch {
    // A provider or precision that the profile lacks: the trial says so.
    return undefined;
  }
}

const run = promisify(execFile);

/** In a process of its own: an instruction that is not there, or a broken library, ends that one. */
async function tryModel(request: StartRequest, signal: AbortSignal): Promise<ModelTrial> {
  const program = packageFile('dist/agent/bench/cold-start/child.js');
  try {
    const { stdout } = await run(process.execPath, [program, JSON.stringify(request)], {
      signal,
      killSignal: 'SIGKILL',
    });
    const { openMs, firstResultMs } = JSON.parse(stdout) as StartReply;
    return { openMs, frameMs: firstResultMs };
  } catch (error) {
    signal.throwIfAborted();
    const {
      stderr = '',
      signal: by,
      message,
    } = error as { stderr?: string; signal?: string; message: string };
    const lines = stderr.trim().split('\n');
    const said = lines.find((line) => /^(\w*Error|expected)\b/.test(line)) ?? lines.at(-1);
    return { failure: said || message, ...(by && { signal: by }) };
  }
}
