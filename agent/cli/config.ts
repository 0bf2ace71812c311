// `cspcam config init | validate | schema`: write, check and describe configuration files.

import { open, rm, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { CspcamError, expected } from '#common/errors.js';
import { listed } from '#common/listed.js';
import { redacted } from '#common/redact.js';
import { writeWhole } from '#common/write-file.js';
import { againstModel } from '../config/against-model.js';
import { loadConfig } from '../config/load.js';
import { AUTO } from '../config/model-words.js';
import { ConfigError, describeProblem, type Problem } from '../config/problem.js';
import { type Config, configJsonSchema } from '../config/schema.js';
import { configTemplate } from '../config/template.js';
import { unlikelyIn } from '../config/unlikely.js';
import { chosenModel } from '../inference/bundled-models.js';
import { act, newCommand } from './command.js';

export function configCommand(): Command {
  const config = newCommand('config', {
    summary: 'write, check and describe configuration files',
    examples: ['cspcam config init cspcam.yaml', 'cspcam config validate cspcam.yaml'],
  });
  config.addCommand(
    newCommand('init', {
      summary: 'write a commented configuration file that works as it stands',
      examples: ['cspcam config init cspcam.yaml', 'cspcam config init - | less'],
    })
      .argument('[file]', 'where to write; - is standard output', 'cspcam.yaml')
      .option('--force', 'overwrite the file')
      .action(act(init)),
  );
  config.addCommand(
    newCommand('validate', {
      summary: 'check a configuration file; exit code 2 where it has problems, 0 with warnings alone',
      examples: ['cspcam config validate cspcam.yaml', 'cspcam config validate cspcam.yaml --json'],
    })
      .argument('<file>')
      .option('--json', 'print the problems, or the configuration with all defaults and without passwords')
      .action(act(validate)),
  );
  config.addCommand(
    newCommand('schema', {
      summary: 'print the JSON Schema of configuration files',
      examples: ['cspcam config schema > cspcam.schema.json'],
    }).action(act(() => print(JSON.stringify(configJsonSchema(), null, 2)))),
  );
  return config;
}

async function init(file: string, { force }: { force?: boolean }): Promise<void> {
  if (file === '-') return print(configTemplate().trimEnd());
  if (force && (await isReplaceable(file)))
    await writeWhole(file, configTemplate(), { what: 'a file that can be written', mode: 0o600 });
  else await write(file, force ? 'w' : 'wx');
  print(`wrote ${file}; set device, mqtt.url and cameras in it, then: cspcam run --config ${file}`);
}

/** Whether another file may take its place: not that of a terminal or a pipe. */
async function isReplaceable(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() ?? true;
}

async function write(file: string, flag: 'w' | 'wx'): Promise<void> {
  let isNew = false;
  try {
    const handle = await open(file, flag, 0o600);
    isNew = flag === 'wx';
    await handle.writeFile(configTemplate()).finally(() => handle.close());
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw expected('a new file', file, 'one that exists (overwrite it with --force)', error);
    // A part of it, on a disk that is full, would be taken for a configuration.
    if (isNew) await rm(file, { force: true }).catch(() => {});
    throw expected('a file that can be written', file, message, error);
  }
}

async function validate(file: string, { json }: { json?: boolean }): Promise<void> {
  try {
    const config = await loadConfig(file);
    const warnings = [...unlikelyIn(config), ...(await warningsOf(config))];
    if (json) {
      const shown = { valid: true, file, config: redacted(config), warnings: inWords(file, warnings) };
      print(JSON.stringify(shown));
      return;
    }
    for (const warning of warnings) print(`warning: ${describeProblem(file, warning)}`);
    print(`${file}: valid, device ${config.device}, cameras ${listed(Object.keys(config.cameras))}`);
  } catch (error) {
    if (!json || !(error instanceof ConfigError)) throw error;
    print(JSON.stringify({ valid: false, file, problems: inWords(file, error.problems) }));
    process.exitCode = error.exitCode;
  }
}

/** With `model: auto` it is chosen at the start, which tells then. */
async function warningsOf(config: Config): Promise<Problem[]> {
  if (config.model === AUTO) return [];
  try {
    const { description } = await chosenModel(config.model);
    return againstModel(config, description);
  } catch (error) {
    // Files are also checked where the model is not.
    if (!(error instanceof CspcamError)) throw error;
    return [{ key: 'model', expected: 'a model folder to check labels against', received: error.message }];
  }
}

function inWords(file: string, problems: readonly Problem[]): (Problem & { readonly message: string })[] {
  return problems.map((problem) => ({ ...problem, message: describeProblem(file, problem) }));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
