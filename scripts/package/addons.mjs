// node_modules of a target -> the native addons in it, compiled for that target against Debian 11.
// What is linked against its C library 2.31 and GStreamer 1.18 runs on all that is younger. The compiler is this
// machine's: Node 24's headers ask for a younger one than Debian 11's.

import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { namesOf } from './architectures.mjs';
import { output } from './commands.mjs';
import { kept } from './kept.mjs';
import { mirrorOf } from './mirror.mjs';

const suite = 'bullseye';

/** @returns headers and libraries of Debian 11, unpacked without running anything of them */
function sysroot(architecture) {
  return kept(`sysroot-${suite}-${architecture}`, (folder) => {
    output('mmdebstrap', [
      ...['--quiet', '--variant=extract', `--arch=${architecture}`],
      ...['--include=libgstreamer-plugins-base1.0-dev', suite, folder, ...mirrorOf(suite)],
    ]);
    // The loader's link leads to /lib, which would be this machine's.
    const loaders = join(folder, 'lib64');
    if (!existsSync(loaders)) return;
    for (const link of readdirSync(loaders).map((name) => join(loaders, name))) {
      if (!lstatSync(link).isSymbolicLink()) continue;
      const target = readlinkSync(link);
      if (!target.startsWith('/')) continue;
      rmSync(link);
      symlinkSync(relative(loaders, join(folder, target)), link);
    }
  });
}

/** @returns names of the packages that are compiled where they are installed, as far as package.json allows it */
export function addonsIn(tree) {
  const { allowScripts } = JSON.parse(readFileSync(join(tree, 'package.json'), 'utf8'));
  return Object.keys(allowScripts).filter(
    (name) => allowScripts[name] && existsSync(join(tree, 'node_modules', name, 'binding.gyp')),
  );
}

/**
 * @param tree folder with node_modules, and with the package.json that allows their install scripts
 * @param runtime folder of the Node that will load them, with its headers
 */
export function buildAddons(architecture, tree, runtime) {
  const { npm, triple } = namesOf(architecture);
  const system = sysroot(architecture);
  const flags = `--sysroot=${system} -ffile-prefix-map=${tree}=. -ffile-prefix-map=${runtime}=node -g0`;
  output('npm', ['rebuild', ...addonsIn(tree), '--loglevel=error', '--foreground-scripts'], {
    cwd: tree,
    env: {
      ...process.env,
      CC: `${triple}-gcc ${flags}`,
      CXX: `${triple}-g++ ${flags}`,
      AR: `${triple}-ar`,
      PKG_CONFIG_SYSROOT_DIR: system,
      PKG_CONFIG_LIBDIR: `${system}/usr/lib/${triple}/pkgconfig:${system}/usr/share/pkgconfig`,
      npm_config_nodedir: runtime,
      npm_config_arch: npm,
    },
  });
}
