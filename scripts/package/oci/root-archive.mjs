// The Debian package -> a tar of a Debian 12 in which it is installed, with what it needs and nothing to build with.

import { output } from '../commands.mjs';
import { mirrorOf } from '../mirror.mjs';

const suite = 'bookworm';

/** Whoever mounts a folder for it has to give it to this number. */
export const userId = 10_001;

/** What the package only recommends, as far as an image cannot be helped with apt afterwards. */
const recommended = [
  'ca-certificates',
  'fonts-dejavu-core',
  'gstreamer1.0-libav',
  'gstreamer1.0-plugins-bad',
];

/**
 * What people read who set up a machine, and what draws windows: 200 MB of drivers hang on plugins that show
 * pictures, and no agent has a screen. The licences stay.
 */
const leftOut = [
  ...['man', 'locale', 'info', 'doc'].map((name) => `/usr/share/${name}/*`),
  ...['dri/*', 'libLLVM*', 'libz3.so*'].map((name) => `/usr/lib/*/${name}`),
];
const keptAll = ['/usr/share/doc/*/copyright', '/usr/share/doc/cspcam/*'];

/** @param builtAt Date of the youngest file, so that the same packages give the same bytes */
export function makeRootArchive(architecture, deb, archive, builtAt) {
  const inRoot = (command) => `--customize-hook=chroot "$1" sh -ec '${command}'`;
  output(
    'mmdebstrap',
    [
      ...['--quiet', '--variant=minbase', `--arch=${architecture}`, `--include=${recommended.join(',')}`],
      '--aptopt=APT::Install-Recommends "false"',
      ...leftOut.map((path) => `--dpkgopt=path-exclude=${path}`),
      ...keptAll.map((path) => `--dpkgopt=path-include=${path}`),
      inRoot(`groupadd --system --gid ${userId} cspcam`),
      inRoot(
        `useradd --system --uid ${userId} --gid cspcam --home-dir /var/lib/cspcam --shell /usr/sbin/nologin cspcam 2>/dev/null`,
      ),
      `--customize-hook=copy-in ${deb} /tmp`,
      inRoot('apt-get install --yes --quiet=2 /tmp/*.deb >/dev/null; rm /tmp/*.deb'),
      inRoot('install -d -o cspcam -g cspcam -m 0750 /var/cache/cspcam'),
      ...[suite, archive, ...mirrorOf(suite)],
    ],
    { env: { ...process.env, SOURCE_DATE_EPOCH: String(builtAt.getTime() / 1000) } },
  );
}
