// <lines> <format> -> so many lines of the log on standard error; `ready` on standard output, and after each thousand how
// many; ends when standard input does.

import { writeSync } from 'node:fs';
import { createLog } from '../../dist/agent/telemetry/log.js';

const [lines, format] = process.argv.slice(2);
const log = createLog({ level: 'info', format }, 'porch');
const write = (from) => {
  for (let line = from; line < from + 1000; line++) log.info({ line }, 'x'.repeat(100));
  writeSync(1, `${from + 1000}\n`);
  if (from + 1000 < Number(lines)) setTimeout(write, 1, from + 1000);
};
write(0);
process.stdin.once('end', () => process.exit()).resume();
