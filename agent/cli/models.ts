// cspcam models list | build | import | export | quantize | info | eval | switch

import type { Command } from 'commander';
import { newCommand } from './command.js';
import { buildCommand } from './models/build.js';
import { evalCommand } from './models/eval.js';
import { exportCommand } from './models/export.js';
import { importCommand } from './models/import.js';
import { infoCommand } from './models/info.js';
import { listCommand } from './models/list.js';
import { quantizeCommand } from './models/quantize.js';
import { switchCommand } from './models/switch.js';

export function modelsCommand(): Command {
  const models = newCommand('models', {
    summary: 'list, build, import, export, quantize, look at, evaluate and switch networks',
    examples: ['cspcam models list', 'cspcam models info csppeleenet-efm-sam'],
  });
  models.addCommand(listCommand());
  models.addCommand(buildCommand());
  models.addCommand(importCommand());
  models.addCommand(exportCommand());
  models.addCommand(quantizeCommand());
  models.addCommand(infoCommand());
  models.addCommand(evalCommand());
  models.addCommand(switchCommand());
  return models;
}
