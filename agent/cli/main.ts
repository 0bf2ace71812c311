#!/bin/sh
//bin/true; exec env MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}" node "$0" "$@"
// The command line. What is slow to load comes after the handlers of signals, so that none is missed. The line above is for the
// shell: the agent's threads take turns, and a heap for each of them would hold 40 MB that nobody uses.

import { watchProcess } from './process-end.js';

watchProcess();
const { runCommandLine } = await import('./program.js');
await runCommandLine(process.argv);
