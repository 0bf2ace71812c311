// cspcam engines list | build | check

import type { Command } from 'commander';
import { act, actInOrder, newCommand } from './command.js';
import { buildEngine } from './engines/build.js';
import { checkEngine } from './engines/check.js';
import { listEngines } from './engines/list.js';
import { engineArgument } from './engines/name.js';
import { modelOption } from './model-option.js';
import { wholeNumber } from './numbers.js';

export function enginesCommand(): Command {
  const engines = newCommand('engines', {
    summary: 'programs that run the network beside the daemon: OpenVINO, TensorRT',
    examples: ['cspcam engines list', 'cspcam engines build openvino', 'cspcam engines check openvino'],
  });
  engines.addCommand(
    newCommand('list', {
      summary: 'which are here, with their version and devices, and how to get the others',
      examples: ['cspcam engines list', 'cspcam engines list --json'],
    })
      .option('--json', 'print as JSON')
      .action(act(listEngines)),
  );
  engines.addCommand(
    newCommand('build', {
      summary: "compile one against the vendor's libraries of this machine, in seconds",
      examples: [
        'cspcam engines build openvino',
        'cspcam engines build openvino --from venv/lib/python3.11/site-packages/openvino',
        'sudo cspcam engines build tensorrt',
      ],
    })
      .addArgument(engineArgument())
      .option('--from <directory>', "the vendor's headers and libraries; default: where they usually are")
      .option('--out <directory>', 'default: for all users as root, else for this user')
      .action(actInOrder(buildEngine)),
  );
  engines.addCommand(
    newCommand('check', {
      summary:
        'the same pictures through an engine and through ONNX Runtime: boxes and times beside each other',
      examples: [
        'cspcam engines check openvino',
        'cspcam engines check tensorrt --model /var/lib/cspcam/models/mine',
      ],
    })
      .addArgument(engineArgument())
      .addOption(modelOption())
      .option('--frames <number>', 'of the demo clip; default 20', wholeNumber)
      .option('--json', 'print as JSON')
      .action(actInOrder(checkEngine, { isPatient: true })),
  );
  return engines;
}
