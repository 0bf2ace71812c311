// What the image is -> options for umoci; its folder -> the same, which older Dockers can load too.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const state = '/var/lib/cspcam';
const cache = '/var/cache/cspcam';

/** As the unit has it, in scripts/systemd. */
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: state,
  STATE_DIRECTORY: state,
  CACHE_DIRECTORY: cache,
  XDG_CACHE_HOME: cache,
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
};

/** @returns arguments of `umoci config`: `cspcam` is the program, the daemon what it does unless told otherwise */
export function imageOptions({ arch, version, revision, builtAt }) {
  const labels = {
    'org.opencontainers.image.title': 'cspcam',
    'org.opencontainers.image.description': 'Edge camera agent: video in, detections over MQTT out',
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.revision': revision,
    'org.opencontainers.image.created': builtAt.toISOString(),
    'org.opencontainers.image.licenses': 'Apache-2.0',
    'org.opencontainers.image.base.name': 'debian:12',
  };
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return [
    ...['--os=linux', `--architecture=${arch}`, `--created=${builtAt.toISOString()}`, '--no-history'],
    ...['--config.user=cspcam', `--config.workingdir=${state}`, '--config.stopsignal=SIGTERM'],
    '--config.entrypoint=/usr/bin/cspcam',
    ...['run', '--config', '/etc/cspcam/cspcam.yaml'].map((word) => `--config.cmd=${word}`),
    `--config.volume=${state}`,
    ...Object.entries(environment).map(([name, value]) => `--config.env=${name}=${value}`),
    ...pairs.flatMap((pair) => [`--config.label=${pair}`, `--manifest.annotation=${pair}`]),
  ];
}

/** Docker before 25, and so all of JetPack 4, reads this file where younger ones and podman read index.json. */
export function addDockerManifest(layout, tag) {
  const blob = (digest) => `blobs/${digest.replace(':', '/')}`;
  const read = (path) => JSON.parse(readFileSync(join(layout, path), 'utf8'));
  const index = read('index.json');
  const { config, layers } = read(blob(index.manifests[0].digest));
  const manifest = [
    { Config: blob(config.digest), RepoTags: [tag], Layers: layers.map(({ digest }) => blob(digest)) },
  ];
  writeFileSync(join(layout, 'manifest.json'), JSON.stringify(manifest));
  // The name that podman gives it; umoci's own is only a tag.
  index.manifests[0].annotations = { 'org.opencontainers.image.ref.name': tag };
  writeFileSync(join(layout, 'index.json'), JSON.stringify(index));
}
