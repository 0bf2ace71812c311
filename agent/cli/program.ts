// Arguments -> the program with the commands that they need, and its run.

import { Command } from 'commander';
import { version } from '#common/package.js';
import { runProgram } from './command.js';
import { commandsFor } from './commands.js';

/** @param argv as in `process.argv` */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const program = new Command('cspcam')
    .description('Edge camera agent: GStreamer capture, CSPNet detectors, detections over MQTT')
    .version(version)
    .addHelpText(
      'after',
      '\nExamples:\n  cspcam demo\n  cspcam detect street.jpg --out found.jpg\n  cspcam run --config cspcam.yaml',
    );
  for (const command of await commandsFor(argv)) program.addCommand(command);
  await runProgram(program, argv);
}
