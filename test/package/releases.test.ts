// A bare root of each release, the amd64 package -> detections over MQTT in three commands, upgrade, removal, purge.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BareRoot, openBareRoot } from '../support/bare-root.js';
import { laterDeb, newestDeb } from '../support/deb.js';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.js';
import { subscribe } from '../support/subscriber.js';

const releases = [
  { name: 'Debian 12', suite: 'bookworm' },
  { name: 'Ubuntu 22.04', suite: 'jammy' },
  { name: 'Debian 13', suite: 'trixie' },
  { name: 'Ubuntu 24.04', suite: 'noble' },
  { name: 'Debian 11', suite: 'bullseye' },
  { name: 'Ubuntu 20.04', suite: 'focal' },
];
const config = '/etc/cspcam/cspcam.yaml';
const ours = 'find / -xdev -path /shared -prune -o -path /proc -prune -o -path "*cspcam*" -print';

let shared: string;
let broker: Mosquitto;
beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), 'packages-'));
  const deb = newestDeb('amd64');
  cpSync(deb, join(shared, 'cspcam_1_amd64.deb'));
  laterDeb(deb, '98', join(shared, 'cspcam_98_amd64.deb'), () => {});
  // A version whose own configuration is another one, too: dpkg then has to choose.
  laterDeb(deb, '99', join(shared, 'cspcam_99_amd64.deb'), (folder) => {
    const file = join(folder, config);
    writeFileSync(file, `${readFileSync(file, 'utf8')}# newer\n`);
  });
  broker = await startMosquitto();
});
afterAll(async () => {
  await broker?.close();
  await rm(shared, { recursive: true, force: true });
});

describe.each(releases)('$name', ({ name, suite }) => {
  let root: BareRoot;
  beforeAll(async () => {
    root = await openBareRoot({ suite, architecture: 'amd64' }, shared);
  });
  afterAll(() => root?.close());

  test('three commands lead to detections', async () => {
    const device = suite;
    const seconds: number[] = [];
    const timed = async <Value>(work: () => Promise<Value>) => {
      const before = performance.now();
      const value = await work();
      seconds.push((performance.now() - before) / 1000);
      return value;
    };
    const said = await timed(() =>
      root.run('apt-get update -qq && cd /shared && apt-get install -y -qq ./cspcam_1_amd64.deb 2>&1'),
    );
    expect(said).toMatch(/cspcam: this machine/);
    expect(said).toContain(`in ${config}, then: systemctl start cspcam`);

    await timed(() =>
      root.run(
        `sed -i -e 's/device: porch/device: ${device}/' -e 's/:1883/:${broker.port}/' -e 's|rtsp://.*|file:/usr/lib/cspcam/agent/demo/street.mp4|' ${config}`,
      ),
    );
    const subscriber = await subscribe(broker.port, `cspcam/${device}/#`);
    const agent = root.start(`exec su -s /bin/sh -c 'exec cspcam run --config ${config}' cspcam`);
    let log = '';
    for (const stream of [agent.stdout!, agent.stderr!])
      stream.setEncoding('utf8').on('data', (text) => {
        log += text;
      });
    try {
      const found = await timed(() =>
        subscriber.next(
          ({ topic, payload }) => /detections$/.test(topic) && payload.detections.length > 0,
          600_000,
        ),
      );
      expect(['person', 'car', 'truck', 'bus', 'motorcycle', 'bicycle']).toContain(
        found.payload.detections[0].label,
      );
    } catch (error) {
      throw new Error(log, { cause: error });
    } finally {
      subscriber.close();
      agent.kill('SIGKILL');
    }
    const [install, edit, start] = seconds.map((value) => value.toFixed(1));
    console.log(`${name}: install ${install} s, edit ${edit} s, start to detections ${start} s`);
  });

  test('user, rights, unit', async () => {
    expect(await root.run('id -Gn cspcam')).toMatch(/cspcam.*video/);
    const rights = (path: string) => root.run(`stat -c '%U:%G %a' ${path}`);
    expect(await rights(config)).toBe('root:cspcam 640\n');
    expect(await rights('/var/lib/cspcam')).toBe('cspcam:cspcam 750\n');
    expect(await root.run('ls /etc/systemd/system/multi-user.target.wants')).toContain('cspcam.service');
    expect(await root.run('cspcam --version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('an upgrade keeps the configuration, with a newer one beside it where there is one', async () => {
    const edited = await root.run(`cat ${config}`);
    const install = (version: number) =>
      root.run(
        `cd /shared && apt-get install -y -qq -o Dpkg::Options::=--force-confold ./cspcam_${version}_amd64.deb 2>&1`,
      );
    await root.run('cd /shared && apt-get install -y -qq ./cspcam_98_amd64.deb');
    expect(await root.run(`cat ${config}; ls /etc/cspcam`)).toBe(`${edited}cspcam.yaml\n`);
    await install(99);
    expect(await root.run(`cat ${config}`)).toBe(edited);
    expect(await root.run('tail -n 1 /etc/cspcam/cspcam.yaml.dpkg-dist')).toBe('# newer\n');
    expect(await root.run(`stat -c '%U:%G %a' ${config}`)).toBe('root:cspcam 640\n');
  });

  test('removal keeps configuration and state, purge leaves nothing', async () => {
    await root.run('apt-get remove -y -qq cspcam');
    expect(
      await root.run(`ls -d ${config} /var/lib/cspcam; ls -d /usr/lib/cspcam /usr/bin/cspcam || true`),
    ).toMatch(/^\/etc\/cspcam\/cspcam.yaml\n\/var\/lib\/cspcam\n(ls: [^\n]*\n){2}$/);
    await root.run('apt-get purge -y -qq cspcam');
    expect(await root.run(ours)).toBe('');
    expect(await root.run('getent passwd cspcam; getent group cspcam; true')).toBe('');
  });
});
