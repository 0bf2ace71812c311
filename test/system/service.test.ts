// A Debian 12 booted with its own systemd, and this checkout installed in it -> what becomes of the service in its life.
// Runs in the order in which it stands: each test goes on from the one before.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type BootedRoot, bootRoot, preparedRoot } from '../support/booted-root.js';
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
import { h264 } from '../support/rtsp-server.js';

const UNIT = 'cspcam.service';

let machine: BootedRoot;
let service: BootedService;
let shed: BootedService;
const seen = new Sightings();

beforeAll(async () => {
  const root = await preparedRoot();
  const begun = now();
  machine = await bootRoot(root);
  service = new BootedService(machine, UNIT);
  shed = new BootedService(machine, 'cspcam@shed.service');
  seen.note('booted', now() - begun, await machine.do('systemctl --version | head -n 1'));
});

afterAll(async () => {
  await machine?.close();
  seen.print('Debian 12, from the checkout');
});

/** A message of the agent comes to an independent client. */
const receives = (topic: string) => machine.do(`mosquitto_sub -W 60 -C 1 -t 'cspcam/${topic}'`);

const cameras = {
  ball: { source: 'test:ball?width=320&height=240&fps=10', stallTimeoutSeconds: 300 },
  street: { source: 'rtsp://127.0.0.1:8554/street' },
  door: { source: 'v4l2:/dev/video9' },
};
// biome-ignore lint/suspicious/noTemplateCurlyInString: filled in by the agent
const MQTT = { url: 'mqtt://127.0.0.1', username: 'porch', password: '${MQTT_PASSWORD}' };
const configOf = (more: object = {}) => stringify({ device: 'porch', mqtt: MQTT, cameras, ...more });
const CONFIG = '/etc/cspcam/cspcam.yaml';

/** Which version runs: a line of its own. */
const VERSION = '/src/agent/demo/version-of-test';
const installed = () => machine.do('cat /opt/cspcam/agent/demo/version-of-test');

test('installed; a network is opened, and it is active with the first frame', async () => {
  await machine.do(`echo first >${VERSION}`);
  const begun = now();
  const text = await machine.do('/src/scripts/install');
  seen.note('scripts/install on a fresh machine', now() - begun, text.split('\n').at(-1)!);
  expect(text).toContain('main.js setup asks and starts it');
  expect(await service.state()).toBe('inactive');
  await machine.do('systemctl start mosquitto');
  // It ends when its standard input does.
  const server = `/usr/bin/python3 /src/test/support/rtsp-server.py --port 8554 '/street=${h264('smpte')}'`;
  await machine.write('/root/camera', `sleep infinity | ${server}\n`);
  await machine.do('systemd-run --quiet --unit=camera sh /root/camera');
  // The password is a credential of systemd's, which an administrator has added: in no environment, in no file of the agent.
  await machine.write('/etc/cspcam/mqtt-password', 'opensesame\n');
  await machine.write(
    `/etc/systemd/system/${UNIT}.d/password.conf`,
    '[Service]\nLoadCredential=MQTT_PASSWORD:/etc/cspcam/mqtt-password\n',
  );
  await machine.do('chmod 0600 /etc/cspcam/mqtt-password; systemctl daemon-reload');
  await machine.write(CONFIG, configOf());

  const started = now();
  await machine.do(`systemctl start --no-block ${UNIT}`);
  const during = new Set<string>();
  await until(async () => {
    if ((await service.state()) === 'activating') during.add(await service.words());
    return (await service.state()) === 'active';
  });
  seen.note(
    'systemctl start until active',
    now() - started,
    [...during].filter((one) => one !== '').join(', then '),
  );
  expect(during).toContain('opening the network');
  const frame = JSON.parse(await receives('porch/camera/ball/detections'));
  expect(frame).toHaveProperty('detections');
});

test('systemctl status says in words what runs', async () => {
  const seconds = await until(async () =>
    /^2 of 3 cameras running, door retrying: .*video9.*; [\d.]+ frames\/s$/.test(await service.words()),
  );
  seen.note('words of systemctl status', seconds, await service.words());
  expect(await machine.do(`systemctl status ${UNIT} | cat`)).toContain('Status: "2 of 3 cameras running');
});

test('sandboxed, and the capture processes in it', async () => {
  const security = await machine.do(`systemd-analyze security --no-pager ${UNIT} | tail -n 1`);
  const exposure = Number(/level for cspcam.service: ([\d.]+)/.exec(security)![1]);
  expect(exposure).toBeLessThanOrEqual(2);
  expect(await machine.do(`systemd-analyze verify ${UNIT} 2>&1`)).toBe('');
  const daemon = await service.pid();
  const processes = [daemon, ...(await machine.do(`pgrep --parent ${daemon}`)).split('\n')];
  expect(processes.length).toBeGreaterThanOrEqual(3);
  for (const one of processes)
    expect(
      await machine.do(`grep -E '^(CapBnd|NoNewPrivs|Seccomp):' /proc/${one}/status | tr -s '\\t\\n' ' '`),
    ).toBe('CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2');
  expect(await machine.do('ls /var/cache/cspcam/gstreamer-1.0')).toContain('registry');
  seen.note(
    'systemd-analyze security',
    undefined,
    `exposure ${exposure}, ${processes.length} processes inside`,
  );
});

test('killed: started again', () => startsAgainWhenKilled(service, seen));

test('stopped by a signal: killed by the watchdog and started again', () =>
  isKilledByTheWatchdogWhenStopped(service, seen));

test('reloaded: only the camera that changed runs anew; a file that cannot run changes nothing', async () => {
  const ball = { ...cameras.ball, source: 'test:ball?width=160&height=120&fps=10' };
  await reloads(service, seen, {
    unchanged: 'street',
    changed: 'ball',
    taken: {
      write: () => machine.write(CONFIG, configOf({ cameras: { ...cameras, ball } })),
      says: 'reloaded: cameras ball (source); unchanged: street, door',
    },
    refused: {
      write: () => machine.write(CONFIG, configOf({ colour: 'blue' })),
      says: 'colour',
    },
  });
  await machine.write(CONFIG, configOf());
  await machine.do(`systemctl reload ${UNIT}`);
  await until(async () => !(await service.words()).includes('refused'));
});

test('a detector that hangs, and hangs again when it is replaced: killed by the watchdog', async () => {
  // Really hung: the thread of the network waits for what never comes, as long as the file is there.
  const HANG = '/var/lib/cspcam/hang';
  const worker = '/opt/cspcam/dist/models/runtime/worker.js';
  const wait = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)';
  await machine.do(`cp ${worker} /root/worker.js`);
  // At once too: a new one that answers a first frame would be work that goes on.
  const hang = `const hang = () => existsSync("${HANG}") && ${wait}; hang(); setInterval(hang, 100);`;
  await machine.do(`printf '%s\\n' 'import { existsSync } from "node:fs";' '${hang}' >>${worker}`);
  await machine.do(`systemctl restart ${UNIT}`);
  const before = await service.pid();
  const since = await service.clock();
  await machine.do(`touch ${HANG}`);
  const seconds = await until(async () => ![before, '0'].includes(await service.pid()));
  await machine.do(`rm ${HANG}; cp /root/worker.js ${worker}`);
  const log = await service.journal(since);
  expect(log).toContain('work does not go on');
  expect(log).toContain('Watchdog timeout');
  await machine.do(`systemctl restart ${UNIT}`);
  seen.note('hung detector until started again', seconds, /work does not go on: [^"]*/.exec(log)![0]);
});

test('a capture is killed for want of memory: the camera comes back, the daemon stays', async () => {
  await until(async () => (await service.words()).startsWith('2 of 3'));
  const before = await service.pid();
  const captures = `pgrep --parent ${before} --full child.js`;
  const killed = (await machine.do(captures)).split('\n');
  const limit = await service.show('MemoryMax');
  await machine.do(`systemctl set-property --runtime ${UNIT} MemoryMax=600M`);
  // Takes memory in the group of the service until the kernel looks for whom to kill: captures come first.
  const group = await machine.do(
    'ls -d /sys/fs/cgroup/memory/system.slice/cspcam.service || ls -d /sys/fs/cgroup/system.slice/cspcam.service',
  );
  const hog = `echo $$ >${group}/cgroup.procs && exec tail /dev/zero`;
  await machine.run(`sh -c '${hog}'`);
  const left = await machine.do(captures).catch(() => '');
  await machine.do(`systemctl set-property --runtime ${UNIT} MemoryMax=${limit}`);
  expect(killed.some((one) => !left.split('\n').includes(one))).toBe(true);
  const seconds = await until(async () => (await service.words()).startsWith('2 of 3'));
  expect([await service.state(), await service.pid()]).toEqual(['active', before]);
  seen.note('capture killed for memory until it runs again', seconds, `same daemon: ${before}`);
});

test('a second agent beside it, with folders of its own', async () => {
  const other = { device: 'shed', mqtt: { url: MQTT.url }, cameras: { ball: cameras.ball } };
  await machine.write('/etc/cspcam/shed.yaml', configOf(other));
  const begun = now();
  await machine.do('systemctl start cspcam@shed.service');
  seen.note('cspcam@shed until active', now() - begun, await shed.words());
  expect(await machine.do('ls /var/lib/cspcam-shed')).toBe('shed');
  expect(JSON.parse(await receives('shed/camera/ball/detections'))).toHaveProperty('detections');
});

const install = async () => {
  const begun = now();
  const { code, out, err } = await machine.run('/src/scripts/install');
  return { code, text: `${out}${err}`.trimEnd(), seconds: now() - begun };
};
test('upgraded: both agents are ready with the new version', async () => {
  await machine.do(`echo second >${VERSION}`);
  const before = await service.pid();
  const { code, text, seconds } = await install();
  expect({ code, text }).toMatchObject({ code: 0 });
  expect(await installed()).toBe('second');
  expect([await service.state(), await shed.state()]).toEqual(['active', 'active']);
  expect(await service.pid()).not.toBe(before);
  expect((await machine.run('ls -d /opt/cspcam.*')).out).toBe('');
  seen.note('upgrade', seconds, text.split('\n').at(-1)!);
  await machine.do('systemctl stop cspcam@shed.service');
});

test('a configuration that the new version does not take: refused, and nothing was touched', async () => {
  await machine.do(`echo third >${VERSION}`);
  const before = [await installed(), await service.pid(), await service.state()];
  await machine.write(CONFIG, configOf({ mqtt: { ...MQTT, colour: 'blue' } }));
  const { code, text, seconds } = await install();
  await machine.write(CONFIG, configOf());
  expect({ code, text }).toMatchObject({ code: 2, text: expect.stringContaining('received colour') });
  expect([await installed(), await service.pid(), await service.state()]).toEqual(before);
  seen.note(
    'upgrade with a wrong configuration',
    seconds,
    text.split('\n').find((line) => line.includes('colour'))!,
  );
});

const broken: [what: string, file: string, line: string, said: string][] = [
  [
    'that does not start',
    'dist/agent/agent.js',
    'throw new Error("broken on purpose");',
    'broken on purpose',
  ],
  [
    'whose captures crash',
    'dist/pipelines/capture/child.js',
    'process.exit(3);',
    'none with the new version',
  ],
];

test.each(broken)('a version %s: the one before is back', async (what, file, line, said) => {
  await until(async () => (await service.words()).startsWith('2 of 3'));
  const before = await installed();
  await machine.do(`echo third >${VERSION}; cp /src/${file} /root/whole.js`);
  await machine.do(`printf '%s\\n' '${line}' | cat - /root/whole.js >/src/${file}`);
  const { code, text, seconds } = await install();
  await machine.do(`cp /root/whole.js /src/${file}`);
  expect({ code, text }).toMatchObject({ code: 3 });
  expect(text).toContain(said);
  expect([await installed(), await service.state()]).toEqual([before, 'active']);
  await receives('porch/camera/ball/detections');
  seen.note(`upgrade to a version ${what}`, seconds, text.split('\n').at(-1)!);
});

test('stopped within 5 s, and nothing of it is left', () => stopsWhole(service, seen));

test('switched off by somebody: an update leaves it so', async () => {
  await machine.do('systemctl mask cspcam.service');
  const { code, text } = await install();
  expect({ code, text }).toMatchObject({ code: 0 });
  expect((await machine.run('systemctl is-enabled cspcam.service')).out).toBe('masked\n');
  await machine.do('systemctl unmask cspcam.service');
});

test('removed while two agents run, with configuration and data left', async () => {
  await machine.do('systemctl enable --now cspcam.service cspcam@shed.service');
  const begun = now();
  const text = await machine.do('/src/scripts/install --remove');
  expect((await machine.run('pgrep --euid cspcam')).out).toBe('');
  expect((await machine.run('ls /etc/systemd/system/*.wants/cspcam*')).out).toBe('');
  expect(await machine.do(`systemctl list-unit-files --no-legend 'cspcam*' | cat`)).toBe('');
  expect((await machine.run('ls -d /opt/cspcam*')).out).toBe('');
  expect(await machine.do(`ls ${CONFIG}`)).toBe(CONFIG);
  seen.note('scripts/install --remove', now() - begun, text.split('\n').at(-1)!);
});
