#!/usr/bin/env node
// The command line: one file beside this one per command.

import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { runProgram } from './command.js';
import { configCommand } from './config.js';
import { demoCommand } from './demo.js';
import { detectCommand } from './detect.js';
import { modelsCommand } from './models.js';
import { runCommand } from './run.js';

const packageFile = new URL('../../../package.json', import.meta.url);
const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string };

const program = new Command('cspcam')
  .description('Edge camera agent: GStreamer capture, CSPNet detectors, detections over MQTT')
  .version(version)
  .addHelpText(
    'after',
    '\nExamples:\n  cspcam demo\n  cspcam detect street.jpg --out found.jpg\n  cspcam run --config cspcam.yaml',
  );
for (const command of [
  runCommand(version),
  detectCommand(),
  demoCommand(version),
  configCommand(),
  modelsCommand(),
])
  program.addCommand(command);
await runProgram(program, process.argv);
