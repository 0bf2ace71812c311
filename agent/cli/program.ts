// Arguments -> the program with the commands that they need, and its run.

import { Command } from 'commander';
import { version } from '#common/package.js';
import { redactText, secretsIn } from '#common/redact.js';
import { keepSecret } from '#common/secrets.js';
import { runProgram } from './command.js';
import { commandsFor } from './commands.js';

/** @param argv as in `process.argv` */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  hideSecrets(argv);
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

/** Every user of the machine may list the arguments of a process; the title takes their place. */
function hideSecrets(argv: readonly string[]): void {
  const secrets = argv.flatMap(secretsIn);
  if (secrets.length === 0) return;
  for (const secret of secrets) keepSecret(secret);
  process.title = redactText(argv.join(' '));
}
