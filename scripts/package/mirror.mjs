// A suite of Debian -> the mirror that this machine's apt is set up with, as mmdebstrap takes it.

import { spawnSync } from 'node:child_process';

/** @returns nothing where apt knows of no Debian: mmdebstrap then takes the suite's own mirror */
export function mirrorOf(suite) {
  if (!/^(buster|bullseye|bookworm|trixie)$/.test(suite)) return [];
  const { stdout } = spawnSync(
    'apt-get',
    ['indextargets', '--format', '$(REPO_URI)', 'Origin: Debian', 'Component: main'],
    { encoding: 'utf8' },
  );
  const mirror = stdout?.split('\n').find((address) => address !== '' && !address.includes('security'));
  return mirror === undefined ? [] : [mirror];
}
