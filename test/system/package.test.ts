// A bare release booted with its own systemd, and the package -> detections in three commands, and what becomes of the
// service until nothing of it is left. Runs in the order in which it stands: each test goes on from the one before.

import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type BootedRoot, bootRoot } from '../support/booted-root.js';
import {
  BootedService,
  isKilledByTheWatchdogWhenStopped,
  now,
  reloads,
  Sightings,
  startsAgainWhenKilled,
  stopsWhole,
  until,
} from '../support/booted-service.js';
import { laterDeb, newestDeb } from '../support/deb.js';
import { systemRoots } from '../support/system-roots.js';

const execute = promisify(execFile);
const PREPARE = resolve(import.meta.dirname, 'prepare-bare-root');
const releases = [
  { name: 'Debian 12', suite: 'bookworm' },
  { name: 'Ubuntu 22.04', suite: 'jammy' },
];
const CONFIG = '/etc/cspcam/cspcam.yaml';
const CLIP = '/usr/lib/cspcam/agent/demo/street.mp4';
const SHED = 'cspcam@shed.service';

/** The package, one that is newer, and one that does not start. */
function placeDebs(folder: string): void {
  mkdirSync(folder);
  const deb = newestDeb('amd64');
  cpSync(deb, join(folder, 'cspcam_1_amd64.deb'));
  laterDeb(deb, '98', join(folder, 'cspcam_98_amd64.deb'), (tree) =>
    appendFileSync(join(tree, 'usr/share/cspcam/cspcam.yaml'), '# of version 98\n'),
  );
  laterDeb(deb, '99', join(folder, 'cspcam_99_amd64.deb'), (tree) => {
    const file = join(tree, 'usr/lib/cspcam/dist/agent/agent.js');
    writeFileSync(file, `throw new Error("broken on purpose");\n${readFileSync(file, 'utf8')}`);
  });
}

describe.each(releases)('$name', ({ name, suite }) => {
  let machine: BootedRoot;
  let service: BootedService;
  let shed: BootedService;
  const seen = new Sightings();

  beforeAll(async () => {
    const root = join(systemRoots(), `${suite}-bare`);
    if (!existsSync(root)) {
      mkdirSync(dirname(root), { recursive: true });
      await execute(PREPARE, [suite, root], { maxBuffer: 1e9 });
    }
    // Booted it has no network: what apt would fetch is there already.
    machine = await bootRoot(root, async (folder) => {
      placeDebs(join(folder, 'root/debs'));
      // Some have a link to what a resolver of their own would write.
      rmSync(join(folder, 'etc/resolv.conf'), { force: true });
      cpSync('/etc/resolv.conf', join(folder, 'etc/resolv.conf'), { dereference: true });
      const fetch =
        'apt-get update -qq && apt-get install -y -qq --download-only /root/debs/cspcam_1_amd64.deb';
      await execute('chroot', [folder, 'sh', '-ec', fetch], { maxBuffer: 1e9 });
    });
    service = new BootedService(machine);
    shed = new BootedService(machine, SHED);
    await machine.do('systemctl start mosquitto');
    seen.note('booted', undefined, await machine.do('systemctl --version | head -n 1'));
  });
  afterAll(async () => {
    await machine?.close();
    seen.print(`${name}, from the package`);
  });

  /** A message of the agent with something in it comes to an independent client. */
  const firstDetection = (device = 'porch') =>
    machine.do(
      `timeout 900 mosquitto_sub -t 'cspcam/${device}/camera/+/detections' | grep --line-buffered -m 1 '"detections":\\[{'`,
    );
  const apt = async (what: string) => {
    const begun = now();
    // dpkg would ask which configuration is wanted, where both have changed.
    const options = '-y -qq -o Dpkg::Options::=--force-confold';
    const { code, out, err } = await machine.run(
      `cd /root/debs && DEBIAN_FRONTEND=noninteractive apt-get ${what.replace(' ', ` ${options} `)} 2>&1`,
    );
    if (code !== 0) throw new Error(`expected apt-get ${what} to work, received ${code}: ${out}${err}`);
    return { said: out, seconds: now() - begun };
  };
  const installed = () => machine.do("dpkg --status cspcam | sed -n 's/^Version: //p'");
  // On a busy machine no capture is to be started again for its slowness.
  const patient = { stallTimeoutSeconds: 300 };
  const street = { source: `file:${CLIP}`, loop: true, ...patient };
  const ball = { source: 'test:ball?width=320&height=240&fps=5', ...patient };
  const configOf = (cameras: object, more: object = {}) =>
    stringify({ device: 'porch', mqtt: { url: 'mqtt://127.0.0.1' }, cameras, ...more });

  test('three commands lead to detections', async () => {
    const install = await apt('install ./cspcam_1_amd64.deb');
    expect(install.said).toMatch(/cspcam: this machine/);
    expect(install.said).toContain(`in ${CONFIG}, then: systemctl start cspcam`);
    expect(await service.state()).toBe('inactive');
    expect(await machine.do('systemctl is-enabled cspcam')).toBe('enabled');
    seen.note('apt-get install, what it needs fetched before', install.seconds, await installed());

    await machine.do(`sed -i 's|source: rtsp://.*|source: file:${CLIP}\\n    loop: true|' ${CONFIG}`);
    const begun = now();
    const detection = firstDetection();
    await machine.do('systemctl start cspcam');
    seen.note('systemctl start until active', now() - begun, await service.words());
    const [{ label, score }] = JSON.parse(await detection).detections;
    seen.note('the same until the first detection', now() - begun, `${label}, ${score}`);
    expect(['person', 'car', 'truck', 'bus']).toContain(label);
    expect(await service.state()).toBe('active');
  });

  test('systemctl status says in words what runs, in the sandbox', async () => {
    await until(async () => /^1 of 1 cameras running; [\d.]+ frames\/s$/.test(await service.words()));
    seen.note('words of systemctl status', undefined, await service.words());
    const security = await machine.do('systemd-analyze security --no-pager cspcam.service | tail -n 1');
    expect(Number(/level for cspcam.service: ([\d.]+)/.exec(security)![1])).toBeLessThanOrEqual(2);
    // systemd 249 remarks on links of its own, too.
    expect(await machine.do('systemd-analyze verify cspcam.service 2>&1 | grep cspcam || true')).toBe('');
  });

  test('killed: started again', () => startsAgainWhenKilled(service, seen));

  test('stopped by a signal: killed by the watchdog and started again', () =>
    isKilledByTheWatchdogWhenStopped(service, seen));

  test('reloaded: only the camera that changed runs anew; a file that cannot run changes nothing', async () => {
    const write = (text: string) => () => machine.write(CONFIG, text);
    await write(configOf({ door: street, ball }))();
    await machine.do('systemctl reload cspcam');
    await reloads(service, seen, {
      unchanged: 'door',
      changed: 'ball',
      taken: {
        write: write(
          configOf({ door: street, ball: { ...ball, source: 'test:ball?width=160&height=120&fps=5' } }),
        ),
        says: 'reloaded: cameras ball (source); unchanged: door',
      },
      refused: { write: write(configOf({ door: street }, { colour: 'blue' })), says: 'colour' },
    });
    await write(configOf({ door: street }))();
    await machine.do('systemctl reload cspcam');
    await until(async () => /^1 of 1/.test(await service.words()));
  });

  test('a broken file of the model: it stays down, says which, and runs once the file is mended', async () => {
    const model = '/usr/lib/cspcam/dist/models/default/network.weights';
    const since = await service.clock();
    // What was once made of it for this processor is as good as the file, and would do.
    await machine.do(`rm /var/cache/cspcam/*.onnx; cp ${model} /root/whole; truncate --size=1000 ${model}`);
    expect((await machine.run('systemctl restart cspcam')).code).not.toBe(0);
    expect([await service.state(), await service.show('ExecMainStatus')]).toEqual(['failed', '65']);
    const log = await service.journal(since);
    expect(log).toContain(model);
    seen.note('a broken file of the model', undefined, /expected sha256.*/.exec(log)![0]);
    await machine.do(`cp /root/whole ${model}; systemctl start cspcam`);
    expect(await service.state()).toBe('active');
  });

  test('upgraded: both agents run the new version, with their configuration', async () => {
    await machine.write('/etc/cspcam/shed.yaml', configOf({ ball }, { device: 'shed' }));
    await machine.do(`systemctl enable --now ${SHED}`);
    const before = [await service.pid(), await shed.pid(), await machine.do(`cat ${CONFIG}`)];
    const { seconds } = await apt('install ./cspcam_98_amd64.deb');
    const after = [await service.pid(), await shed.pid(), await machine.do(`cat ${CONFIG}`)];
    expect(await installed()).toBe('98');
    expect([await service.state(), await shed.state()]).toEqual(['active', 'active']);
    expect(after.map((value, i) => value === before[i])).toEqual([false, false, true]);
    await firstDetection();
    seen.note('apt-get install of a newer version, two agents running', seconds, 'both active');
  });

  test('a version that does not start: apt ends well, and the version before, installed again, runs', async () => {
    const since = await service.clock();
    await apt('install ./cspcam_99_amd64.deb');
    expect(await machine.do('dpkg --audit')).toBe('');
    expect(await service.state()).not.toBe('active');
    expect(await service.journal(since)).toContain('broken on purpose');
    const { seconds } = await apt('install --allow-downgrades ./cspcam_98_amd64.deb');
    expect([await service.state(), await shed.state(), await installed()]).toEqual([
      'active',
      'active',
      '98',
    ]);
    await firstDetection();
    seen.note('back from a version that does not start', seconds, 'both active');
  });

  test('stopped within 5 s, and nothing of it is left', async () => {
    await machine.do(`systemctl disable --now ${SHED}`);
    await stopsWhole(service, seen);
  });

  test('removed while it runs, installed again with its configuration, purged: nothing is left', async () => {
    await machine.do(`systemctl start cspcam; systemctl enable --now ${SHED}`);
    const removal = await apt('remove cspcam');
    expect((await machine.run('pgrep --euid cspcam')).out).toBe('');
    expect(await machine.do(`ls -d ${CONFIG} /var/lib/cspcam`)).toBe(`${CONFIG}\n/var/lib/cspcam`);
    expect((await machine.run('ls -d /usr/lib/cspcam /usr/bin/cspcam')).out).toBe('');
    seen.note('apt-get remove, two agents running', removal.seconds, 'configuration and state are left');

    await apt('install ./cspcam_98_amd64.deb');
    await until(async () => (await service.state()) === 'active');
    const purge = await apt('purge cspcam');
    expect(
      (await machine.run('getent passwd cspcam; getent group cspcam; pgrep --full "[/]usr/lib/cspcam"')).out,
    ).toBe('');
    const left =
      'find / -xdev -path /root/debs -prune -o -path /proc -prune -o -path /sys -prune -o -name "*cspcam*" -print';
    expect(await machine.do(left)).toBe('');
    seen.note('apt-get purge, running', purge.seconds, 'nothing is left');
  });
});
