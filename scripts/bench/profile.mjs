#!/usr/bin/env node
// Where the time of a network goes, kernel by kernel; see profile/command.ts.

import { runProgram } from '../../dist/agent/cli/command.js';
import { profileCommand } from '../../dist/scripts/bench/profile/command.js';

await runProgram(profileCommand(), process.argv);
