#!/usr/bin/env node
// Ours against OpenCV, OpenVINO, ncnn and plain ONNX Runtime; see peers/command.ts.

import { runProgram } from '../../dist/agent/cli/command.js';
import { peersCommand } from '../../dist/scripts/bench/peers/command.js';

await runProgram(peersCommand(), process.argv);
