// `scripts/install` on this machine -> a unit that systemd accepts, and whose command serves a camera as its user.
// It changes the machine, so it runs only where CI=true says so; there it must, as root.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { brightModel } from '../../support/bright-model.js';
import { startMosquitto } from '../../support/mosquitto.js';
import { subscribe } from '../../support/subscriber.js';

const run = promisify(execFile);
const install = resolve(import.meta.dirname, '../../../scripts/install');
const UNIT = '/usr/local/lib/systemd/system/cspcam.service';
const SUPERVISION = `${UNIT}.d/10-supervision.conf`;
const CONFIG = '/etc/cspcam/cspcam.yaml';

const allowed = process.env['CI'] === 'true';
/** It copies and prunes all of node_modules three times. */
const LONGEST_MS = 1_800_000;

test.skipIf(!allowed)(
  'installed twice, verified, and started by hand as its user',
  { timeout: LONGEST_MS },
  async () => {
    await run(install);
    const written = await stat(CONFIG);
    const { stdout } = await run(install);
    expect(stdout).not.toContain('wrote');
    expect((await stat(CONFIG)).mtimeMs).toBe(written.mtimeMs);
    expect((written.mode & 0o007).toString()).toBe('0');
    expect((await run('systemd-analyze', ['verify', UNIT])).stderr).toBe('');

    // What does not fit is refused before anything is touched.
    const [before, config0] = [await stat('/opt/cspcam'), await readFile(CONFIG, 'utf8')];
    await writeFile(CONFIG, `${config0}\ncolour: blue\n`);
    const refused = await run(install).catch((error: { code: number; stderr: string }) => error);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('colour') });
    expect((await stat('/opt/cspcam')).ino).toBe(before.ino);
    await writeFile(CONFIG, config0);

    const unit = `${await readFile(UNIT, 'utf8')}${await readFile(SUPERVISION, 'utf8')}`;
    const values = (key: string) =>
      [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map((found) => found[1]!);
    const value = (key: string) => values(key)[0]!;
    const broker = await startMosquitto();
    const subscriber = await subscribe(broker.port, 'cspcam/#');
    const model = await brightModel();
    const folder = await mkdtemp(join(tmpdir(), 'install-'));
    await Promise.all([dirname(model), model, folder].map((path) => chmod(path, 0o755)));
    const config = join(folder, 'cspcam.yaml');
    const cameras = { ball: { source: 'test:ball?width=160&height=160&fps=20' } };
    await writeFile(config, stringify({ device: 'porch', mqtt: { url: broker.url }, model, cameras }));
    const command = value('ExecStart').replace(CONFIG, config);
    const environment = values('Environment').join(' ');
    const shell = `cd ${value('WorkingDirectory')} && exec env ${environment} ${command}`;
    const service = spawn('su', ['-s', '/bin/sh', '-c', shell, value('User')], { stdio: 'ignore' });
    try {
      await subscriber.next(
        ({ topic, payload }) => topic.endsWith('ball/detections') && payload.detections.length > 0,
      );
      service.kill('SIGTERM');
      await subscriber.next(
        ({ topic, payload }) => topic === 'cspcam/porch/state' && payload.state === 'offline',
      );
      if (service.exitCode === null && service.signalCode === null) await once(service, 'exit');
    } finally {
      service.kill('SIGKILL');
      subscriber.close();
      await broker.close();
    }
    await run(install, ['--remove']);
    await expect(stat(UNIT)).rejects.toThrow('ENOENT');
    expect((await stat(CONFIG)).isFile()).toBe(true);
  },
);
