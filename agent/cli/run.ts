// `cspcam run --config FILE`: the daemon.

import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { CspcamError } from '#common/errors.js';
import { cacheDirectory } from '#common/folders.js';
import { removeUnfinished } from '../../models/runtime/unfinished.js';
import { Agent } from '../agent.js';
import { ConfigError } from '../config/problem.js';
import { readSetup } from '../inference/setup.js';
import { keepPacketLengthsTogether } from '../messaging/broker/packet-lengths.js';
import { serviceManager } from '../service/service-manager.js';
import { createLog } from '../telemetry/log.js';
import { actInOrder, newCommand } from './command.js';
import { type PrecisionChoice, precisionOption } from './precision-option.js';
import { beforeForcedEnd, crash, hasCrashed, reloadOnHangUp } from './process-end.js';

export function runCommand(): Command {
  return newCommand('run', {
    summary:
      'watch the cameras of a configuration and publish what is seen; ends on SIGTERM or Ctrl-C, SIGHUP reads the file anew',
    examples: [
      'cspcam run --config cspcam.yaml',
      'mosquitto_sub -v -t "cspcam/#" -T "+/+/camera/+/snapshot" -T "+/+/camera/+/crop"   # in another terminal',
    ],
  })
    .requiredOption('--config <file>', 'configuration; `cspcam config init` writes one')
    .addOption(precisionOption().default(undefined, 'inference.precision of the configuration'))
    .addHelpText(
      'after',
      '\nExit codes: 0 ended by a signal or with its recordings, 1 failed, 2 wrong usage or configuration, 65 a broken file of the model, 70 an error that nobody expected, 75 too little memory.',
    )
    .action(actInOrder(run, { reloads: true, endsBySignal: true }));
}

interface RunOptions extends Partial<PrecisionChoice> {
  readonly config: string;
}

/** The agent of a file, until the signal aborts or its recordings have ended. */
export async function run({ config: file, precision }: RunOptions, signal: AbortSignal): Promise<void> {
  const read = () => readSetup(file, precision);
  const { setup, warnings } = await read().catch((error: unknown) => {
    // A service is tried again by this exit code, and not by the other.
    if (error instanceof ConfigError && error.mayPass) throw new CspcamError(error.message, { cause: error });
    throw error;
  });
  const log = createLog(setup.config.log, setup.config.device);
  for (const reason of setup.reasons) log.info(reason);
  for (const warning of warnings) log.warn(warning);
  keepPacketLengthsTogether();
  const manager = await serviceManager();
  const agent = new Agent({ setup, file, read, log, bootId: randomUUID(), manager });
  // Why a file is refused has been logged.
  reloadOnHangUp(() => void agent.reload().catch(() => {}));
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
