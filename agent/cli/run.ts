// `cspcam run --config FILE`: the daemon.

import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { Agent } from '../agent.js';
import { loadConfig } from '../config/load.js';
import { chosenModel } from '../default-model.js';
import { createLog } from '../log.js';
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
  const model = await chosenModel(config.model);
  const log = createLog(config.log, config.device);
  const agent = new Agent({ config, model, log, bootId: randomUUID() });
  const signal = untilSignal(() => agent.close());
  await agent.start();
  await Promise.race([signal, agent.ended()]);
  log.info('stopping');
  await agent.close();
}
