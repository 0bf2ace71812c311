// `cspcam run --config FILE`: the daemon.

import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { Agent } from '../agent.js';
import { loadConfig } from '../config/load.js';
import { AUTO } from '../config/schema.js';
import { autoModel } from '../inference/auto-model.js';
import { chosenModel } from '../inference/default-model.js';
import { machineOf } from '../inference/execution.js';
import { createLog } from '../telemetry/log.js';
import { act, newCommand } from './command.js';
import { untilSignal } from './signals.js';

export function runCommand(): Command {
  return newCommand('run', {
    summary: 'watch the cameras of a configuration and publish what is seen; ends on SIGTERM or Ctrl-C',
    examples: ['cspcam run --config cspcam.yaml', 'mosquitto_sub -v -t "cspcam/#"   # in another terminal'],
  })
    .requiredOption('--config <file>', 'configuration; `cspcam config init` writes one')
    .action(act(run));
}

async function run({ config: file }: { config: string }): Promise<void> {
  const config = await loadConfig(file);
  const log = createLog(config.log, config.device);
  const chosen =
    config.model === AUTO
      ? await autoModel(config, await machineOf(config))
      : { model: await chosenModel(config.model), reasons: [], notices: [] };
  for (const reason of chosen.reasons) log.info(reason);
  for (const notice of chosen.notices) log.warn(notice);
  const { model, reasons } = chosen;
  const agent = new Agent({ config, model, reasons, log, bootId: randomUUID() });
  const signal = untilSignal(() => agent.close());
  await agent.start();
  await Promise.race([signal, agent.ended()]);
  log.info('stopping');
  await agent.close();
}
