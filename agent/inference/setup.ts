// A configuration file -> all that the agent is built from: the checked configuration, this machine, the model that runs.

import type { ModelFolder } from '../../models/folder/folder.js';
import type { WantedPrecision } from '../../models/runtime/precision.js';
import { againstModel } from '../config/against-model.js';
import { loadConfig } from '../config/load.js';
import { AUTO } from '../config/model-words.js';
import { describeProblem } from '../config/problem.js';
import type { Config } from '../config/schema.js';
import { unlikelyIn } from '../config/unlikely.js';
import type { ChosenMachine } from '../device/this-machine.js';
import { autoModel } from './auto-model.js';
import { chosenModel } from './bundled-models.js';
import { type AgentExecution, executionOn, machineOf } from './execution.js';

/** Secrets included: print none of it as it is. */
export interface Setup {
  readonly config: Config;
  /** What the configuration takes this machine for. */
  readonly machine: ChosenMachine;
  readonly model: ModelFolder;
  /** Why this model, where it was not asked for; sentences. */
  readonly reasons: readonly string[];
  readonly execution: AgentExecution;
}

export interface ReadSetup {
  readonly setup: Setup;
  /** What stops nothing, for the log; lines. */
  readonly warnings: readonly string[];
}

/** What the rest follows from. @throws CspcamError for a profile or a model that is not there */
export async function setupOf(config: Config, model?: ModelFolder): Promise<Setup & { notices: string[] }> {
  const machine = await machineOf(config);
  const execution = executionOn(machine, config);
  if (model !== undefined) return { config, machine, model, reasons: [], execution, notices: [] };
  const chosen =
    config.model === AUTO
      ? await autoModel(config, machine)
      : { model: await chosenModel(config.model), reasons: [], notices: [] };
  return { config, machine, execution, ...chosen, notices: [...chosen.notices] };
}

/**
 * Reads the file anew, with the environment and the files it names; nothing is opened.
 *
 * @param precision in place of the configuration's
 * @throws CspcamError for what cannot run
 */
export async function readSetup(file: string, precision?: WantedPrecision): Promise<ReadSetup> {
  const read = await loadConfig(file);
  const config = precision === undefined ? read : { ...read, inference: { ...read.inference, precision } };
  const { notices, ...setup } = await setupOf(config);
  const problems = [...unlikelyIn(config), ...againstModel(config, setup.model.description)];
  return { setup, warnings: [...problems.map((problem) => describeProblem(file, problem)), ...notices] };
}
