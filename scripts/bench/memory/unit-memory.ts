// The systemd unit -> how it bounds glibc's memory, for agents that are started as the unit would.

import { readFileSync } from 'node:fs';
import { packageFile } from '#common/package.js';

const file = packageFile('scripts/systemd/drop-ins/10-supervision.conf');

export const unitMemory: Readonly<Record<string, string>> = Object.fromEntries(
  [...readFileSync(file, 'utf8').matchAll(/^Environment=(MALLOC_\w+)=(\d+)$/gm)].map(([, name, value]) => [
    name!,
    value!,
  ]),
);
