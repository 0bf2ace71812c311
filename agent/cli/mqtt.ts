// `cspcam mqtt forget`: what an agent left at the broker under names that it has no more, cleared.

import type { Command } from 'commander';
import { misused } from '#common/errors.js';
import { plainText } from '#common/plain-text.js';
import { loadConfig } from '../config/load.js';
import { forget } from '../messaging/forget.js';
import { actInOrder, newCommand } from './command.js';

interface GivenOptions {
  readonly config: string;
  readonly base?: string;
  readonly device?: string;
  readonly prefix?: string;
  readonly all?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const LEVELS = /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/;
const LEVEL = /^[A-Za-z0-9_-]+$/;

export function mqttCommand(): Command {
  const mqtt = newCommand('mqtt', {
    summary: 'what the agent keeps at its broker',
    examples: ['cspcam mqtt forget --config cspcam.yaml --device old-name --dry-run'],
  });
  mqtt.addCommand(
    newCommand('forget', {
      summary:
        'clear what is retained under names that the agent has no more, and its Home Assistant discovery',
      examples: [
        'cspcam mqtt forget --config cspcam.yaml --device old-name --dry-run',
        'cspcam mqtt forget --config cspcam.yaml --base old/base',
        'cspcam mqtt forget --config cspcam.yaml --all    # a device that is taken down for good',
      ],
    })
      .requiredOption('--config <file>', 'configuration, for the broker and the names that are not given')
      .option('--base <base>', 'mqtt.base that the agent had')
      .option('--device <device>', 'device that the agent was')
      .option('--prefix <prefix>', 'mqtt.homeAssistant.prefix that it had')
      .option('--all', 'clear the names of the configuration, where no others are given')
      .option('--force', 'clear them though an agent is online there')
      .option('--dry-run', 'show what would be cleared')
      .option('--json', 'print one JSON object')
      .action(actInOrder(run)),
  );
  return mqtt;
}

async function run(given: GivenOptions, signal: AbortSignal): Promise<void> {
  const { all = false, force = false, dryRun = false, json = false } = given;
  expectName('--base', given.base, LEVELS, 'levels of letters, digits, - and _ with / between them');
  expectName('--device', given.device, LEVEL, 'letters, digits, - and _');
  expectName('--prefix', given.prefix, LEVELS, 'levels of letters, digits, - and _ with / between them');
  const { mqtt, device: deviceNow } = await loadConfig(given.config);
  const now = { base: mqtt.base, device: deviceNow, prefix: mqtt.homeAssistant.prefix };
  const names = {
    base: given.base ?? now.base,
    device: given.device ?? now.device,
    prefix: given.prefix ?? now.prefix,
  };
  const isPresent = names.base === now.base && names.device === now.device;
  if (isPresent && names.prefix === now.prefix && !all)
    throw misused(
      'names that the agent has no more (--base, --device, --prefix), or --all for those of the configuration',
      'mqtt forget',
      `${now.base}/${now.device}`,
    );
  const topics = await forget(
    { mqtt, ...names, of: isPresent && !all ? 'discovery' : 'everything', isDry: dryRun, isForced: force },
    signal,
  );
  if (json) {
    print(JSON.stringify({ ...names, dryRun, topics }));
    return;
  }
  // Of whoever may publish there.
  for (const topic of topics) print(plainText(topic));
  const many = topics.length === 1 ? '1 topic' : `${topics.length} topics`;
  print(`${dryRun ? 'would clear' : 'cleared'} ${many} of ${names.base}/${names.device}`);
}

function expectName(option: string, value: string | undefined, pattern: RegExp, what: string): void {
  if (value !== undefined && !pattern.test(value)) throw misused(what, option, value);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
