// `cspcam run --config FILE`: the daemon.

import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { cacheDirectory } from '#common/folders.js';
import { removeUnfinished } from '../../models/runtime/unfinished.js';
import { Agent } from '../agent.js';
import { againstModel } from '../config/against-model.js';
import { loadConfig } from '../config/load.js';
import { describeProblem } from '../config/problem.js';
import { AUTO, type Config } from '../config/schema.js';
import { unlikelyIn } from '../config/unlikely.js';
import { autoModel } from '../inference/auto-model.js';
import { chosenModel } from '../inference/default-model.js';
import { machineOf } from '../inference/execution.js';
import { createLog } from '../telemetry/log.js';
import { actInOrder, newCommand } from './command.js';
import { type PrecisionChoice, precisionOption } from './precision-option.js';
import { beforeForcedEnd, crash, hasCrashed } from './process-end.js';

export function runCommand(): Command {
  return newCommand('run', {
    summary: 'watch the cameras of a configuration and publish what is seen; ends on SIGTERM or Ctrl-C',
    examples: ['cspcam run --config cspcam.yaml', 'mosquitto_sub -v -t "cspcam/#"   # in another terminal'],
  })
    .requiredOption('--config <file>', 'configuration; `cspcam config init` writes one')
    .addOption(precisionOption().default(undefined, 'inference.precision of the configuration'))
    .addHelpText(
      'after',
      '\nExit codes: 0 ended by a signal or with its recordings, 1 failed, 2 wrong usage or configuration, 70 an error that nobody expected.',
    )
    .action(actInOrder(run));
}

interface RunOptions extends Partial<PrecisionChoice> {
  readonly config: string;
}

async function run({ config: file, precision }: RunOptions, signal: AbortSignal): Promise<void> {
  const config = withPrecision(await loadConfig(file), precision);
  const log = createLog(config.log, config.device);
  for (const problem of unlikelyIn(config)) log.warn(describeProblem(file, problem));
  const machine = await machineOf(config);
  const chosen =
    config.model === AUTO
      ? await autoModel(config, machine)
      : { model: await chosenModel(config.model), reasons: [], notices: [] };
  for (const reason of chosen.reasons) log.info(reason);
  for (const notice of chosen.notices) log.warn(notice);
  const { model, reasons } = chosen;
  for (const problem of againstModel(config, model.description)) log.warn(describeProblem(file, problem));
  const agent = new Agent({ config, model, reasons, machine, log, bootId: randomUUID() });
  beforeForcedEnd(() => removeUnfinished(cacheDirectory()));
  try {
    await agent.start(signal);
    await agent.ended(signal).catch(crash);
    log.info('stopping');
  } finally {
    await agent.stop();
    if (hasCrashed()) log.debug({ err: signal.reason }, 'an error that nobody expected');
  }
}

function withPrecision(config: Config, precision: RunOptions['precision']): Config {
  return precision === undefined ? config : { ...config, inference: { ...config.inference, precision } };
}
