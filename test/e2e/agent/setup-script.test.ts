// `cspcam setup` without questions -> what it finds, writes and refuses: for scripts, brokers, the service, a bare machine.

import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../../agent/config/load.js';
import type { FoundBroker } from '../../../agent/setup/find-brokers.js';
import { tryCamera } from '../../../agent/setup/try-camera.js';
import { announce } from '../../support/announce.js';
import { Cspcam, type Finished, PROGRAM } from '../../support/cspcam.js';
import { Dialogue, DOWN, expectWithout, LOOPBACK } from '../../support/dialogue.js';
import { startMosquitto } from '../../support/mosquitto.js';
import { OnvifDevice, STREAMS } from '../../support/onvif-device.js';
import { BROKER, CAMERA, type Site, startSite, WRONG } from '../../support/site.js';
import { isHere } from '../../support/tools.js';
import { areWebcamsAway, withoutWebcams } from '../../support/webcams.js';

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.close());

const newFolder = () => mkdtemp(join(tmpdir(), 'setup-'));

test('a recorder: what one lens does not give is told, and the others are taken', async () => {
  const streams = ['main', 'gone'].map((token) => ({
    ...STREAMS[1]!,
    token,
    source: token,
    uri: `rtsp://HOST:${site.rtsp.port}/${token}`,
  }));
  const recorder = await OnvifDevice.start({ login: CAMERA, streams });
  try {
    const service = {
      host: '127.0.0.1',
      port: Number(recorder.host.split(':')[1]),
      path: '/',
      encrypted: false,
    };
    const answer = { from: '127.0.0.1', name: 'yard', service, foreignHosts: [] };
    const found = { address: recorder.host, streams: [], notes: [], failure: 'login-wanted' } as const;
    const trial = await tryCamera(
      { kind: 'onvif', key: recorder.host, answer, device: found },
      { login: { ...CAMERA, variable: 'YARD' }, inClear: false, taken: { yard: true } },
      new AbortController().signal,
    );
    expect(trial).toMatchObject({
      cameras: [{ id: 'yard-2', keys: { source: `rtsp://admin:\${YARD}@127.0.0.1:${site.rtsp.port}/main` } }],
      problems: [expect.stringContaining('yard-3: ')],
    });
  } finally {
    await recorder.close();
  }
});

test('without a terminal: what to say instead', async () => {
  const { code, err } = await new Cspcam(['setup', '--camera', 'demo'], {}, '').finished();
  expect(code).toBe(2);
  expect(err).toMatch(
    /^cspcam: expected a terminal to ask on, --page to ask in a browser, or --yes .*--camera SOURCE, --broker URL/,
  );
  expect(err.trim().split('\n')).toHaveLength(1);
});

test('an address that is none: what there should be, once', async () => {
  const { code, err } = await new Cspcam(['setup', '--yes', '--camera', 'foo:bar']).finished();
  expect(code).toBe(2);
  expect(err).toMatch(/is invalid\. expected a source: .*, received foo:bar\n$/);
});

test('in a script: passwords from standard input, one JSON object, nothing asked', async ({ skip }) => {
  skip(!areWebcamsAway, 'setup would find webcams of this machine');
  const file = join(await newFolder(), 'cspcam.yaml');
  const args = [
    ...[
      'setup',
      '--yes',
      '--json',
      '--no-start',
      '--stdin',
      '--config',
      file,
      ...LOOPBACK,
      '--user',
      'admin',
    ],
    ...['--broker', site.broker.url, '--broker-user', BROKER.name],
  ];
  const lines = `CAMERA_PASSWORD=${CAMERA.password}\nMQTT_PASSWORD=${BROKER.password}\n`;
  let finished!: Finished;
  await site.whileCalled(async () => {
    finished = await new Cspcam(args, {}, lines, withoutWebcams).finished();
  });
  const { code, out, err } = finished;
  expect({ code, err }).toEqual({ code: 0, err: expect.not.stringContaining('expected') });
  expect(JSON.parse(out)).toMatchObject({
    found: { cameras: [{ kind: 'onvif', failure: 'login-wanted' }] },
    cameras: [{ id: 'front-door-eye2', source: { says: 'H264 over RTSP', size: { width: 768 } } }],
    broker: { url: site.broker.url },
    file,
  });
  expectWithout(out + err + (await readFile(file, 'utf8')), [CAMERA.password, BROKER.password]);
  expect((await new Cspcam(['config', 'validate', file]).finished()).code).toBe(0);
});

test('passwords are those that were tried, though the environment has others by their names', async () => {
  const file = join(await newFolder(), 'cspcam.yaml');
  const args = [
    ...['setup', '--yes', '--no-start', '--stdin', '--config', file, ...LOOPBACK],
    ...['--camera', `door=${site.rtsp.url('/main').replace('://', '://admin@')}`],
    ...['--broker', site.broker.url, '--broker-user', BROKER.name],
  ];
  const lines = `CAMERA_PASSWORD=${CAMERA.password}\nMQTT_PASSWORD=${BROKER.password}\n`;
  // One as somebody exports it, which is not how it stands in an address, and one of before.
  const environment = { CAMERA_PASSWORD: CAMERA.password, MQTT_PASSWORD: WRONG };
  expect((await new Cspcam(args, environment, lines).finished()).code).toBe(0);
  for (const later of [environment, {}]) {
    const { cameras, mqtt } = await loadConfig(file, later);
    expect(cameras['door']!.source).toContain(`admin:${encodeURIComponent(CAMERA.password)}@`);
    expect(mqtt.password).toBe(BROKER.password);
  }
});

test.each<[what: string, args: string[], environment: Record<string, string>, says: RegExp]>([
  [
    'a wrong password of the camera',
    ['--user', 'admin'],
    { CAMERA_PASSWORD: WRONG },
    /refuses the user name or the password/,
  ],
  ['none', [], {}, /asks for a user name and a password.*--user NAME/],
])('in a script, %s is the end, and nothing is written', async (_, args, environment, says) => {
  const folder = await newFolder();
  const camera = `door=${site.rtsp.url('/main')}`;
  const given = ['--config', join(folder, 'cspcam.yaml'), '--camera', camera, '--broker', 'embedded'];
  const { code, out, err } = await new Cspcam(
    ['setup', '--yes', ...LOOPBACK, ...given, ...args],
    environment,
  ).finished();
  expect(code).toBe(1);
  expect(err).toMatch(says);
  expectWithout(out + err, [WRONG]);
  expect(await readdir(folder)).toEqual([]);
});

test('an id that was said is for its camera, whichever comes first', async () => {
  const file = join(await newFolder(), 'cspcam.yaml');
  const cameras = ['--camera', 'demo', '--camera', 'street=test:ball'];
  const args = ['--config', file, '--no-start', ...cameras, '--broker', 'embedded', ...LOOPBACK];
  const { code } = await new Cspcam(['setup', '--yes', ...args]).finished();
  expect(code).toBe(0);
  const { cameras: written } = await loadConfig(file);
  expect(Object.keys(written)).toEqual(['street-2', 'street']);
  expect(written['street']).toMatchObject({ source: 'test:ball' });
});

test('a name that another agent has is not taken', async () => {
  const folder = await newFolder();
  const home = await startMosquitto();
  try {
    const state = ['-r', '-t', 'cspcam/shed/state', '-m', '{"state":"online"}'];
    await promisify(execFile)('mosquitto_pub', ['-p', String(home.port), ...state]);
    const args = ['--config', join(folder, 'cspcam.yaml'), '--camera', 'demo', '--broker', home.url];
    const { code, err } = await new Cspcam([
      'setup',
      '--yes',
      '--device',
      'shed',
      ...LOOPBACK,
      ...args,
    ]).finished();
    expect(code).toBe(1);
    expect(err).toContain('expected another name (--device NAME)');
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await home.close();
  }
});

test('a password in an option is refused, and not repeated', async () => {
  const { code, err } = await new Cspcam(['setup', '--camera', `rtsp://admin:${WRONG}@host/s`]).finished();
  expect(code).toBe(2);
  expect(err).toContain('an address without a password');
  expectWithout(err, [WRONG]);
});

/** A machine that is busy announces late. */
const PATIENT = ['--timeout', '6'];

test('brokers that announce themselves are found, and taken only where somebody says so', async () => {
  const home = await startMosquitto({ address: '127.0.0.2' });
  const services = { '_home-assistant._tcp': 8123, '_mqtt._tcp': home.port };
  const takeBack = await announce('127.0.0.2', 'house', services);
  try {
    const look = await new Cspcam(['setup', '--json', ...LOOPBACK, ...PATIENT]).finished();
    const brokers: FoundBroker[] = JSON.parse(look.out).found.brokers;
    const announced = { name: 'announced as house mqtt', isLocal: false, says: 'open' };
    expect(brokers).toContainEqual({ url: home.url, ...announced });
    // Its add-on announces nothing: it is looked for at its usual port.
    const ofHomeAssistant = {
      url: 'mqtt://127.0.0.2:1883',
      name: 'of Home Assistant (house home-assistant)',
    };
    expect(brokers).toContainEqual(expect.objectContaining(ofHomeAssistant));

    const file = join(await newFolder(), 'cspcam.yaml');
    const args = ['--no-start', '--camera', 'demo', ...LOOPBACK, ...PATIENT];
    const quiet = await new Cspcam(['setup', '--yes', '--config', file, ...args]).finished();
    expect(quiet.code).toBe(0);
    expect(await readFile(file, 'utf8')).not.toContain('127.0.0.2');

    const other = `${file}-2`;
    const dialogue = new Dialogue(['--config', other, ...args]);
    // On a machine with a broker of its own that comes first.
    const before = brokers.filter(({ says }) => says !== 'failed').findIndex(({ url }) => url === home.url);
    await dialogue.answer('Which MQTT broker', DOWN.repeat(before));
    await dialogue.until(`${home.url}: accepted`);
    await dialogue.answer('Write ');
    expect(await dialogue.terminal.finished()).toBe(0);
    expect(await readFile(other, 'utf8')).toContain(`  url: ${home.url}\n`);
  } finally {
    await takeBack();
    await home.close();
  }
});

/** Of root, in a namespace of its own: nothing of this machine is changed. */
const hasNamespaces = isHere(
  'root, to mount in a namespace of its own,',
  spawnSync('unshare', ['-m', 'true']).status === 0,
);

test.skipIf(!hasNamespaces)(
  'for the service: in the place of its example, readable by its user alone',
  async () => {
    const folder = await newFolder();
    const units = resolve(import.meta.dirname, '../../../scripts/systemd');
    const args =
      '--yes --no-start --json --camera "$1" --user admin --broker embedded --interface lo --timeout 1';
    const script = `set -e
    mount -t tmpfs tmpfs "$0" && mkdir "$0/upper" "$0/work"
    mount -t overlay overlay -o "lowerdir=/etc,upperdir=$0/upper,workdir=$0/work" /etc
    mkdir -p /etc/cspcam /etc/systemd/system/cspcam.service.d
    cp ${units}/cspcam.service /etc/systemd/system/
    sed 's/^User=.*/User=nobody/' ${units}/drop-ins/10-supervision.conf >/etc/systemd/system/cspcam.service.d/10.conf
    grep -q '^User=nobody' /etc/systemd/system/cspcam.service.d/10.conf
    ${process.execPath} ${PROGRAM} config init --force /etc/cspcam/cspcam.yaml >/dev/null
    chown root:nogroup /etc/cspcam/cspcam.yaml && chmod 0640 /etc/cspcam/cspcam.yaml
    ${process.execPath} ${PROGRAM} setup ${args} >/dev/null
    stat -c '%n %a %U:%G' /etc/cspcam/cspcam.yaml /etc/cspcam/cspcam.secrets /etc/cspcam/cspcam.secrets/*
    cat /etc/cspcam/cspcam.secrets/*`;
    const { stdout } = await promisify(execFile)(
      'unshare',
      ['-m', '--propagation', 'private', 'sh', '-c', script, folder, `door=${site.rtsp.url('/main')}`],
      { env: { ...process.env, CAMERA_PASSWORD: CAMERA.password } },
    );
    expect(stdout).toBe(`/etc/cspcam/cspcam.yaml 640 root:nogroup
/etc/cspcam/cspcam.secrets 700 nobody:nogroup
/etc/cspcam/cspcam.secrets/CAMERA_PASSWORD_2 600 nobody:nogroup
${encodeURIComponent(CAMERA.password)}
`);
  },
);

test('a machine without GStreamer: what to do, before anything is asked', async () => {
  const folder = await newFolder();
  const file = join(folder, 'cspcam.yaml');
  const { code, out, err } = await new Cspcam(
    ['setup', '--yes', '--config', file, '--camera', 'demo', '--broker', 'embedded', ...LOOPBACK],
    { PATH: folder },
  ).finished();
  expect(code).toBe(1);
  expect(out).toContain('! error: gst-inspect-1.0 gives no list');
  expect(out).toMatch(/do: (sudo )?apt-get install .*gstreamer1\.0-tools/);
  expect(err).toContain('expected a machine that plays video for video.gstreamer');
  expect(await readdir(folder)).toEqual([]);
});
