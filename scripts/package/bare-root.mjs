// Suite, architecture -> a bare root of that release as debootstrap makes it, to be read and not written; kept.
// usage: node scripts/package/bare-root.mjs bookworm amd64; prints its folder. CSPCAM_ROOTS says where such roots are.

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { output } from './commands.mjs';
import { packagesFolder } from './kept.mjs';
import { mirrorOf } from './mirror.mjs';

const [suite, architecture] = process.argv.slice(2);
const folder = join(process.env.CSPCAM_ROOTS ?? join(packagesFolder, 'roots'), `${suite}-${architecture}`);
if (!existsSync(folder)) {
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const ubuntu = ['bionic', 'focal', 'jammy', 'noble'].includes(suite);
  output('debootstrap', [
    // Debian has neither the key of Ubuntu nor scripts for its younger releases; they are like jammy's.
    ...(ubuntu ? ['--no-check-gpg', '--components=main,universe'] : []),
    ...['--variant=minbase', `--arch=${architecture}`, suite, unfinished],
    ...(ubuntu ? ['', '/usr/share/debootstrap/scripts/jammy'] : mirrorOf(suite)),
  ]);
  renameSync(unfinished, folder);
}
process.stdout.write(`${folder}\n`);
