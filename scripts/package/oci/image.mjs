// What the image is -> options for umoci; its folder -> the same, which older Dockers can load too.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const state = '/var/lib/cspcam';

/** The unit's, and what systemd itself gives. */
const environment = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...ofUnit()];

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
    ...environment.map((pair) => `--config.env=${pair}`),
    ...pairs.flatMap((pair) => [`--config.label=${pair}`, `--manifest.annotation=${pair}`]),
  ];
}

/** @returns NAME=value of each variable */
function ofUnit() {
  const files = ['cspcam.service', 'drop-ins/10-supervision.conf'].map((name) =>
    readFileSync(new URL(`../../systemd/${name}`, import.meta.url), 'utf8'),
  );
  return [...files.join('\n').matchAll(/^Environment=(.*)$/gm)].flatMap(([, pairs]) => pairs.split(' '));
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
