// The image's archive -> loaded by podman; the daemon in it publishes as a user without rights, and stops when told to.

import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Detection } from '../../models/detection.js';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.js';
import { subscribe } from '../support/subscriber.js';

const { unmountIn } = await import(resolve(import.meta.dirname, '../../scripts/swept-folder.mjs'));
const packages = resolve(import.meta.dirname, '../../packages');
const run = promisify(execFile);
/** Images and containers of this file alone, gone afterwards. */
const podman = async (...args: string[]) => {
  const stores = ['--root', join(folder, 'store'), '--runroot', join(folder, 'run')];
  const { stdout } = await run(
    'podman',
    [...stores, '--cgroup-manager=cgroupfs', '--runtime=runc', ...args],
    {
      maxBuffer: 1 << 24,
    },
  );
  return stdout.trim();
};
const inHost = [
  ...['--network=host', '--cap-drop=all', '--security-opt=no-new-privileges'],
  // Podman asks for more than a machine of tests may give.
  ...['--ulimit=nofile=1024:1024', '--ulimit=nproc=1000:1000'],
];

let folder: string;
let broker: Mosquitto;
let image: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-'));
  await chmod(folder, 0o755);
  broker = await startMosquitto();
  const names = (await readdir(packages)).filter((name) => name.endsWith('-oci-amd64.tar'));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(packages, name))).mtimeMs })),
  );
  const newest = dated.sort((a, b) => b.at - a.at)[0];
  if (newest === undefined) throw new Error('expected an image, received none: npm run package:oci');
  const loaded = await podman('load', '--quiet', '--input', join(packages, newest.name));
  image = loaded.replace(/^Loaded image: /, '');
});
afterAll(async () => {
  await broker?.close();
  await podman('rm', '--all', '--force').catch(() => {});
  await podman('rmi', '--all', '--force').catch(() => {});
  // Its store stays mounted on itself.
  await unmountIn(folder);
  await rm(folder, { recursive: true, force: true });
});

test('user, program and labels', async () => {
  const [{ Config, Labels, Architecture }] = JSON.parse(await podman('image', 'inspect', image));
  expect({ ...Config, Labels: undefined }).toMatchObject({
    User: 'cspcam',
    Entrypoint: ['/usr/bin/cspcam'],
    Cmd: ['run', '--config', '/etc/cspcam/cspcam.yaml'],
    WorkingDir: '/var/lib/cspcam',
    Volumes: { '/var/lib/cspcam': {} },
  });
  expect(Architecture).toBe('amd64');
  expect(Labels['org.opencontainers.image.title']).toBe('cspcam');
  expect(await podman('run', '--rm', ...inHost, '--entrypoint=id', image)).toMatch(
    /^uid=10001\(cspcam\) gid=10001\(cspcam\) groups=10001\(cspcam\),44\(video\)/,
  );
});

test('the daemon publishes, without rights and with nothing to write to, and stops when told to', async () => {
  const config = join(folder, 'cspcam.yaml');
  await writeFile(
    config,
    `{ device: image, mqtt: { url: "${broker.url}" }, cameras: { door: { source: "file:/usr/lib/cspcam/agent/demo/street.mp4", loop: true } } }\n`,
  );
  const subscriber = await subscribe(broker.port, 'cspcam/image/#');
  const writable = ['--read-only', '--tmpfs=/tmp', '--tmpfs=/var/cache/cspcam:mode=1777'];
  const mounts = ['--volume', `${config}:/etc/cspcam/cspcam.yaml:ro`, '--volume', 'state:/var/lib/cspcam'];
  const id = await podman('run', '--detach', ...inHost, ...writable, ...mounts, image);
  try {
    const { payload } = await subscriber.next(
      ({ topic, payload: { detections = [] } }) => topic.endsWith('/detections') && detections.length > 0,
      600_000,
    );
    expect(payload.detections.map(({ label }: Detection) => label)).toContain('person');
    await podman('stop', '--time', '60', id);
    expect(await podman('inspect', '--format', '{{.State.ExitCode}}', id)).toBe('0');
    await subscriber.next(
      ({ topic, payload: state }) => topic.endsWith('/state') && state.state === 'offline',
    );
  } catch (error) {
    throw new Error(await podman('logs', id), { cause: error });
  } finally {
    subscriber.close();
  }
});
