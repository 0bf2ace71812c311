// Pure parts of the JetPack 4 bundle and of the image: what is read out of the tools' answers, what they are told.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

// Scripts have no types.
const script = (name: string) => import(resolve(import.meta.dirname, '../../../../scripts/package', name));

test.each([
  ['glibc (2.36-9+deb12u10) bookworm; urgency=medium\n\n  * x (1.0)\n', '2.36-9+deb12u10'],
  ['gcc-12 (12.2.0-14) unstable; urgency=medium', '12.2.0-14'],
  ['no changelog', undefined],
])('%j is version %s', async (changelog, version) => {
  const { changelogVersion } = await script('jetpack4/carried-libraries.mjs');
  expect(changelogVersion(changelog)).toBe(version);
});

test('of undefined symbols, those of GStreamer and GLib', async () => {
  const { gstreamerSymbols } = await script('jetpack4/gstreamer-symbols.mjs');
  const listing = [
    '                 w __gmon_start__',
    '                 U gst_init',
    '                 U _gst_caps_type',
    '                 U g_free',
    '                 U malloc@GLIBC_2.17',
    '                 U _ZN2v87Isolate10GetCurrentEv',
  ].join('\n');
  expect(gstreamerSymbols(listing)).toEqual(['gst_init', '_gst_caps_type', 'g_free']);
});

test('the image runs the daemon as a user of its own, with the variables of the unit', async () => {
  const { imageOptions } = await script('oci/image.mjs');
  const options: string[] = imageOptions({
    ...{ arch: 'arm64', version: '1.2.3', revision: 'abc' },
    builtAt: new Date('2026-01-02T03:04:05Z'),
  });
  const of = (name: string) =>
    options
      .filter((option) => option.startsWith(`--config.${name}=`))
      .map((option) => option.split(/=(.*)/s)[1]!);
  expect(of('user')).toEqual(['cspcam']);
  expect([...of('entrypoint'), ...of('cmd')].join(' ')).toBe(
    '/usr/bin/cspcam run --config /etc/cspcam/cspcam.yaml',
  );
  expect(of('label')).toContain('org.opencontainers.image.created=2026-01-02T03:04:05.000Z');

  const systemd = resolve(import.meta.dirname, '../../../../scripts/systemd');
  const dropIns = readdirSync(join(systemd, 'drop-ins')).map((name) => join('drop-ins', name));
  const unit = ['cspcam.service', ...dropIns].map((name) => readFileSync(join(systemd, name), 'utf8'));
  const ofUnit = [...unit.join('\n').matchAll(/^Environment=(.*)$/gm)].flatMap(([, pairs = '']) =>
    pairs.split(' '),
  );
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  expect(of('env').toSorted()).toEqual([`PATH=${path}`, ...ofUnit].toSorted());
  expect(of('env')).toContain(`HOME=${of('workingdir')}`);
});

test('older Dockers find the configuration and the layers that the manifest names', async () => {
  const { addDockerManifest } = await script('oci/image.mjs');
  const layout = await mkdtemp(join(tmpdir(), 'layout-'));
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  const write = (path: string, value: unknown) => writeFileSync(join(layout, path), JSON.stringify(value));
  write('index.json', { schemaVersion: 2, manifests: [{ digest: 'sha256:aa' }] });
  write('blobs/sha256/aa', { config: { digest: 'sha256:bb' }, layers: [{ digest: 'sha256:cc' }] });
  addDockerManifest(layout, 'cspcam:1');
  const read = (path: string) => JSON.parse(readFileSync(join(layout, path), 'utf8'));
  expect(read('manifest.json')).toEqual([
    { Config: 'blobs/sha256/bb', RepoTags: ['cspcam:1'], Layers: ['blobs/sha256/cc'] },
  ]);
  expect(read('index.json').manifests[0].annotations).toEqual({
    'org.opencontainers.image.ref.name': 'cspcam:1',
  });
});
