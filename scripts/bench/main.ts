// The repository's benchmarks, a command for each file or folder beside this one: npm run bench -- NAME --help

import { Command } from 'commander';
import { runProgram } from '../../agent/cli/command.js';
import { costFitCommand } from './cost/fit.js';
import { costMeasureCommand } from './cost/measure.js';
import { framePathCommand } from './frame-path/command.js';
import { integerFormsCommand } from './integer-forms.js';
import { memoryCommand } from './memory/command.js';
import { modesCommand } from './modes.js';
import { outsideViewCommand } from './outside-view/command.js';
import { peersCommand } from './peers/command.js';
import { picturesCommand } from './pictures.js';
import { secondLookCommand } from './second-look/command.js';
import { startsCommand } from './starts.js';
import { threadsCommand } from './threads.js';
import { withoutVnniCommand } from './without-vnni/command.js';

const program = new Command('npm run bench --')
  .description('Measures what no test can assert')
  .enablePositionalOptions();
const commands = [
  peersCommand(),
  framePathCommand(),
  integerFormsCommand(),
  withoutVnniCommand(),
  modesCommand(),
  startsCommand(),
  threadsCommand(),
  memoryCommand(),
  secondLookCommand(),
  outsideViewCommand(),
  picturesCommand(),
  costMeasureCommand(),
  costFitCommand(),
];
for (const command of commands) program.addCommand(command);
await runProgram(program, process.argv);
