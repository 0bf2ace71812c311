// What the doctor says to type of a configuration -> a shell, mosquitto_sub and a real Mosquitto behind TLS and a login.

import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../agent/config/load.js';
import { subscribing } from '../../../agent/doctor/subscribing.js';
import { writeConfig } from '../../support/cspcam.js';
import { makeCertificates, startMosquitto } from '../../support/mosquitto.js';

test('the subscriber sees what is retained there, but for the pictures', async () => {
  const certificates = await makeCertificates(await mkdtemp(join(tmpdir(), "it's here ")));
  const user = { name: 'por ch', password: 'right-and-secret' };
  const broker = await startMosquitto({ certificates, user });
  try {
    const at = ['-h', '127.0.0.1', '-p', `${broker.port}`, '--cafile', certificates.ca];
    const login = ['-u', user.name, '-P', user.password];
    for (const topic of ['camera/door/crop', 'camera/door/snapshot', 'state'])
      await promisify(execFile)('mosquitto_pub', [
        ...[...at, ...login, '-q', '1', '-r'],
        ...['-t', `site/a/porch/${topic}`, '-m', 'here'],
      ]);
    const { mqtt } = await loadConfig(
      await writeConfig({
        device: 'porch',
        mqtt: {
          ...{ url: broker.url, username: user.name, password: user.password, base: 'site/a' },
          tls: { ca: certificates.ca },
        },
        cameras: { door: { source: 'test:ball' } },
      }),
    );
    const command = subscribing(mqtt)!.replace('PASSWORD', user.password);
    const { stdout } = await promisify(execFile)('sh', ['-c', `${command} -C 1 -W 60`]);
    expect(stdout).toBe('site/a/porch/state here\n');
  } finally {
    await broker.close();
  }
});
