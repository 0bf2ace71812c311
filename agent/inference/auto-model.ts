// `model: auto` -> the model folder for this machine and these cameras, why it, and what would help.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CspcamError } from '#common/errors.js';
import { type ModelFolder, readModelFolder } from '../../models/folder/folder.js';
import { measuredAp50 } from '../../models/folder/measured-ap50.js';
import { worksOfFolder } from '../../models/folder/works.js';
import { choiceOf } from '../../models/runtime/network.js';
import { parseSource } from '../../pipelines/sources.js';
import type { Config } from '../config/schema.js';
import { choosePresent, type PresentModel } from '../device/choose-present.js';
import { computedPrecision, plannedProvider } from '../device/execution-target.js';
import { DEFAULT_REQUIREMENTS, type Requirements } from '../device/plan-row.js';
import type { ChosenMachine } from '../device/this-machine.js';
import { BUNDLED } from './bundled-models.js';
import { executionOn } from './execution.js';

interface Candidate extends PresentModel {
  readonly folder: ModelFolder;
}

export interface AutoModel {
  readonly model: ModelFolder;
  /** Sentences. */
  readonly reasons: readonly string[];
  /** Folders that cannot be used, and what would be better; sentences. */
  readonly notices: readonly string[];
}

/**
 * @param bundled elsewhere than in the package for tests
 * @throws CspcamError where there is no model at all, or for a provider that the machine lacks
 */
export async function autoModel(
  config: Pick<Config, 'models' | 'inference' | 'cameras'>,
  machine: ChosenMachine,
  bundled: readonly string[] = Object.values(BUNDLED),
): Promise<AutoModel> {
  const notices: string[] = [];
  const found: Candidate[] = [];
  for (const directory of [...bundled, ...(await foldersIn(config.models, notices))]) {
    try {
      found.push(await candidate(directory, config.inference, machine));
    } catch (error) {
      if (!(error instanceof CspcamError)) throw error;
      notices.push(`passed over: ${error.message}`);
    }
  }
  const provider = plannedProvider(config.inference.provider);
  const precisions = machine.limits.profile.inference.precisions[provider];
  const runnable = found.filter(({ precision }) => precisions?.includes(precision) ?? true);
  const { knowing, unknown } = knowingMost(runnable, labelsOf(config));
  if (unknown.length > 0)
    notices.push(`no model here knows ${unknown.join(', ')} together with what else the cameras look for.`);
  if (knowing.length === 0)
    throw new CspcamError(
      `expected a model folder for model: auto, received none that can be used (${notices.join(' ')})`,
    );
  const requirements = requirementsOf(config);
  // Sessions do as much together as one with all their threads, at least.
  const { sessions, threads } = executionOn(machine, config);
  const choice = choosePresent(machine, knowing, { provider, requirements, threads: sessions * threads });
  return { model: choice.model.folder, reasons: choice.reasons, notices: [...notices, ...choice.notices] };
}

async function foldersIn(models: string | undefined, notices: string[]): Promise<string[]> {
  if (models === undefined) return [];
  const entries = await readdir(models, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    notices.push(`expected a readable folder for models, received ${models} (${error.code})`);
    return [];
  });
  return entries
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
    .map(({ name }) => join(models, name))
    .toSorted();
}

async function candidate(
  directory: string,
  inference: Config['inference'],
  { limits }: ChosenMachine,
): Promise<Candidate> {
  const folder = await readModelFolder(directory);
  const { name, task } = folder.description;
  if (task !== 'detection') throw new CspcamError(`${directory} holds ${name}, which detects nothing`);
  const provider = plannedProvider(inference.provider);
  const choice = await choiceOf(folder, provider, inference.precision);
  const precision = computedPrecision(limits, provider, inference.precision, choice.precision);
  const size = folder.description.input.width;
  const works = await worksOfFolder(folder, precision);
  const measured = measuredAp50(folder.description, precision);
  return { folder, name, precision, size, works, ...(measured && { measured }) };
}

function labelsOf({ cameras }: Pick<Config, 'cameras'>): string[] {
  return [...new Set(enabled(cameras).flatMap(({ labels = [] }) => labels))];
}

/** Those that know the most of the labels that cameras look for, and what they do not know. */
function knowingMost(models: readonly Candidate[], labels: readonly string[]) {
  const known = ({ folder }: Candidate) =>
    labels.filter((label) => folder.description.labels.includes(label)).length;
  const most = Math.max(0, ...models.map(known));
  const knowing = models.filter((model) => known(model) === most);
  const first = knowing[0]?.folder.description.labels ?? labels;
  return { knowing, unknown: labels.filter((label) => !first.includes(label)) };
}

/** What the cameras are looked at with, on the average; a source that does not tell its rate is taken for the usual. */
function requirementsOf({ cameras }: Pick<Config, 'cameras'>): Requirements {
  const rates = enabled(cameras).map(({ maxFps, source }) => {
    const parsed = parseSource(source, existsSync);
    const given = 'fps' in parsed ? parsed.fps : undefined;
    if (given !== undefined && maxFps !== undefined) return Math.min(given, maxFps);
    return given ?? maxFps ?? DEFAULT_REQUIREMENTS.fps;
  });
  if (rates.length === 0) return DEFAULT_REQUIREMENTS;
  return { fps: rates.reduce((sum, rate) => sum + rate, 0) / rates.length, cameras: rates.length };
}

function enabled(cameras: Config['cameras']) {
  return Object.values(cameras).filter((camera) => camera.enabled);
}
