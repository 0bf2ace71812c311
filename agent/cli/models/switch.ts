// `cspcam models switch FOLDER`: another model for the agent that runs, and back where it does not work.

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { expected, misused } from '#common/errors.js';
import { plainText } from '#common/plain-text.js';
import { formerOf, putBack, type Switched, switchModel } from '../../update/switch-model.js';
import { actInOrder, newCommand } from '../command.js';
import { movingLine } from '../moving-line.js';
import { integer } from '../numbers.js';
import { print } from './text.js';

interface SwitchOptions {
  readonly instance?: string;
  readonly healthySeconds: number;
  readonly back?: true;
  readonly keep?: true;
  readonly json?: true;
}

/** The configuration before is back. */
const RETURNED = 3;

export function switchCommand(): Command {
  return newCommand('switch', {
    summary:
      'have the service run another model folder; back to the one before, by itself, where it does not work',
    examples: [
      'sudo cspcam models switch /var/lib/cspcam/models/yolox_nano',
      'sudo cspcam models switch /var/lib/cspcam/models/yolox_nano --instance shed   # of cspcam@shed',
      'sudo cspcam models switch --back                                              # after an interruption',
    ],
  })
    .argument('[folder]', 'model folder that the user of the service can read, or default or small')
    .option('--instance <name>', 'of cspcam@NAME and /etc/cspcam/NAME.yaml')
    .option('--healthy-seconds <n>', 'how long all must be well, without a break', integer(5, 3600), 60)
    .option('--back', 'put the configuration from before an interrupted switch back')
    .option('--keep', 'go on with the model of an interrupted switch')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Changes model: in /etc/cspcam/cspcam.yaml, all else stays as it is written, and reloads the service. All is well while it is
active, takes the configuration, runs as many cameras as before, infers frames, and its detector works. Ctrl-C goes back.
Exit codes: 0 the new model runs well; 1 refused, and nothing was changed, or neither model runs, as is said; 2 wrong usage;
3 the configuration before is back.`,
    )
    .action(actInOrder(run, { isPatient: true }));
}

async function run(folder: string | undefined, options: SwitchOptions, signal: AbortSignal): Promise<void> {
  const { instance, healthySeconds, back, keep, json } = options;
  const asked = [folder !== undefined && 'a folder', back && '--back', keep && '--keep'];
  const given = asked.filter((one) => typeof one === 'string');
  if (given.length !== 1)
    throw misused('a model folder, --back or --keep', 'models switch', given.join(' and ') || 'nothing');
  if (process.getuid?.() !== 0)
    throw expected('root', 'models switch', `user ${process.getuid?.()}; try: sudo cspcam models switch`);
  const unit = instance === undefined ? 'cspcam.service' : `cspcam@${instance}.service`;
  const file = `/etc/cspcam/${instance ?? 'cspcam'}.yaml`;
  const line = movingLine();
  if (folder === undefined) {
    if (!existsSync(formerOf(file))) throw expected('an interrupted switch', file, 'none');
    if (keep) return rm(formerOf(file));
    const unwell = await putBack(file, { unit, isDetectorFailing: true }, line.tell).finally(line.end);
    if (unwell !== undefined) throw expected('an agent that runs as before', unit, unwell.why);
    print(`${file} is as it was before`);
    return;
  }
  const request = { folder, unit, file, healthySeconds };
  const switched = await switchModel(request, line.tell, signal).finally(line.end);
  if (switched.outcome !== 'switched') process.exitCode = switched.outcome === 'returned' ? RETURNED : 1;
  if (json) print(JSON.stringify(switched, undefined, 2));
  else tell(switched, unit);
}

function tell({ outcome, model, why, log }: Switched, unit: string): void {
  if (outcome === 'switched') {
    print(`${unit} runs ${model}`);
    return;
  }
  for (const text of log) process.stderr.write(`${plainText(text)}\n`);
  const end = outcome === 'returned' ? 'the configuration before is back' : 'the service does not run well';
  process.stderr.write(`cspcam: ${plainText(why ?? '')}; ${end}\n`);
}
