#!/usr/bin/env node
// The command line: one file beside this one per command.

import { Command } from 'commander';
import { version } from '#common/package.js';
import { benchCommand } from './bench.js';
import { runProgram } from './command.js';
import { configCommand } from './config.js';
import { demoCommand } from './demo.js';
import { detectCommand } from './detect.js';
import { modelsCommand } from './models.js';
import { planCommand } from './plan.js';
import { profilesCommand } from './profiles.js';
import { runCommand } from './run.js';
import { zonesCommand } from './zones.js';

const program = new Command('cspcam')
  .description('Edge camera agent: GStreamer capture, CSPNet detectors, detections over MQTT')
  .version(version)
  .addHelpText(
    'after',
    '\nExamples:\n  cspcam demo\n  cspcam detect street.jpg --out found.jpg\n  cspcam run --config cspcam.yaml',
  );
const commands = [
  runCommand(),
  detectCommand(),
  demoCommand(),
  configCommand(),
  zonesCommand(),
  modelsCommand(),
  planCommand(),
  profilesCommand(),
  benchCommand(),
];
for (const command of commands) program.addCommand(command);
await runProgram(program, process.argv);
