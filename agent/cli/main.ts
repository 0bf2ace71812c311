#!/usr/bin/env node
// The command line. What is slow to load comes after the handlers of signals, so that none is missed.

import { watchProcess } from './process-end.js';

watchProcess();
const { runCommandLine } = await import('./program.js');
await runCommandLine(process.argv);
