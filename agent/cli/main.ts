#!/usr/bin/env node
// The command line: one file beside this one per command.

import { Command } from 'commander';
import { version } from '#common/package.js';
import { runProgram } from './command.js';
import { commandsFor } from './commands.js';

const program = new Command('cspcam')
  .description('Edge camera agent: GStreamer capture, CSPNet detectors, detections over MQTT')
  .version(version)
  .addHelpText(
    'after',
    '\nExamples:\n  cspcam demo\n  cspcam detect street.jpg --out found.jpg\n  cspcam run --config cspcam.yaml',
  );
for (const command of await commandsFor(process.argv)) program.addCommand(command);
await runProgram(program, process.argv);
