// A terminal, a camera with ONVIF and RTSP, and a Mosquitto, each with a login -> from nothing to the first detection.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { announce } from '../../support/announce.js';
import { Cspcam } from '../../support/cspcam.js';
import { type Mosquitto, startMosquitto } from '../../support/mosquitto.js';
import { OnvifDevice, STREAMS } from '../../support/onvif-device.js';
import { type RtspServer, startRtspServer } from '../../support/rtsp-server.js';
import { CTRL_C, Terminal } from '../../support/terminal.js';

const CAMERA = { user: 'admin', password: 'right/and secret' };
const BROKER = { name: 'porch', password: 'brokers-own-secret' };
const WRONG = 'wrong-and-secret';
const ENTER = '\r';
const UP = '\u001b[A';

/** People and cars, as a camera would send them, and the same in half the size. */
const CLIP = resolve(import.meta.dirname, '../../../agent/demo/street.mp4');
const PLAYED = `filesrc location=${CLIP} ! qtdemux ! h264parse`;
const MAIN = `${PLAYED} ! rtph264pay name=pay0 config-interval=-1`;
const SUB = `${PLAYED} ! openh264dec ! videoscale ! video/x-raw,width=480,height=360 ! openh264enc gop-size=10 ! h264parse ! rtph264pay name=pay0 config-interval=-1`;

let broker: Mosquitto;
let rtsp: RtspServer;
let device: OnvifDevice;

beforeAll(async () => {
  broker = await startMosquitto({ user: BROKER });
  rtsp = await startRtspServer({ '/main': MAIN, '/sub': SUB }, `${CAMERA.user}:${CAMERA.password}`, true);
  const streams = STREAMS.map((stream) => ({
    ...stream,
    codec: 'H264',
    uri: `rtsp://HOST:${rtsp.port}/${stream.token}`,
  }));
  device = await OnvifDevice.start({ login: CAMERA, streams });
  await device.listen();
});

afterAll(async () => {
  await device.close();
  await rtsp.close();
  await broker.close();
});

const dialogues: Dialogue[] = [];
afterEach(async () => {
  for (const { terminal } of dialogues.splice(0)) await terminal.kill('SIGKILL');
});

const newFolder = () => mkdtemp(join(tmpdir(), 'setup-'));
const NETWORK = ['--interface', 'lo', '--timeout', '2'];

/** Waits for each question where the one before has ended, and answers it. */
class Dialogue {
  readonly terminal: Terminal;
  #seen = 0;

  constructor(args: readonly string[]) {
    this.terminal = new Terminal(['setup', ...NETWORK, ...args], { HOME: tmpdir() });
    dialogues.push(this);
  }

  async until(words: string): Promise<void> {
    const rest = () => this.terminal.text.slice(this.#seen);
    await expect.poll(rest, { timeout: 60_000 }).toContain(words);
    this.#seen += rest().indexOf(words) + words.length;
  }

  async answer(question: string, keys = ''): Promise<void> {
    await this.until(question);
    this.terminal.press(`${keys}${ENTER}`);
  }
}

/** Arguments of every process of this machine. */
async function processList(): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['-eww', '-o', 'args'], { maxBuffer: 1 << 24 });
  return stdout;
}

const without = (text: string, secrets: readonly string[]) => {
  for (const secret of secrets)
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
      expect(text.includes(form), `a secret of ${secret.length} characters in it`).toBe(false);
};

test('from nothing to the first detection: a wrong password of each, then the right one', async () => {
  const folder = await newFolder();
  const file = join(folder, 'cspcam.yaml');
  const begunMs = Date.now();
  const dialogue = new Dialogue(['--config', file, '--broker', broker.url, '--device', 'shed']);
  const processes: string[] = [];
  const listing = setInterval(async () => processes.push(await processList()), 300);
  await dialogue.answer('Which cameras shall be watched?');
  await dialogue.until('it asks for a user name and a password');
  await dialogue.answer('User of');
  await dialogue.answer('Password of admin', WRONG);
  await dialogue.until('it refuses the user name or the password');
  await dialogue.answer('User of');
  await dialogue.answer('Password of admin', CAMERA.password);
  await dialogue.until('front-door-eye2: H264 over RTSP, 768x576');
  await dialogue.until('front-door-eye2, looked at: H264 over RTSP, 480x360');
  await dialogue.until('expected a user and password that the broker accepts');
  await dialogue.answer('User at', BROKER.name);
  await dialogue.answer('Password of porch', WRONG);
  await dialogue.until('expected a user and password that the broker accepts');
  await dialogue.answer('User at');
  await dialogue.answer('Password of porch', BROKER.password);
  await dialogue.until('accepted, MQTT 5');
  expect(await readdir(folder)).toEqual([]);
  await dialogue.answer('Write ');
  await dialogue.until(`wrote ${file}`);
  await dialogue.until('first detection: front-door-eye2: ');
  await dialogue.until('on cspcam/shed/camera/front-door-eye2/detections');
  const { text } = dialogue.terminal;
  console.log(
    `to the first detection: ${Date.now() - begunMs} ms; ${/\d+ questions, \d+ s/.exec(text)?.[0]}`,
  );
  console.log(
    text
      .split('\n')
      .filter((line) => /first detection|looked at/.test(line))
      .join('\n'),
  );

  const { stdout } = await promisify(execFile)('mosquitto_sub', [
    ...['-h', '127.0.0.1', '-p', String(broker.port), '-u', BROKER.name, '-P', BROKER.password],
    ...['-t', 'cspcam/shed/camera/front-door-eye2/detections', '-C', '1', '-W', '60'],
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ frame: { sourceSize: { width: 480, height: 360 } } });

  dialogue.terminal.press(CTRL_C);
  expect(await dialogue.terminal.finished()).toBe(0);
  clearInterval(listing);

  const yaml = await readFile(file, 'utf8');
  expect(yaml).toMatch(/^ {4}source: "?rtsp:\/\/admin:\$\{CAMERA_PASSWORD\}@127\.0\.0\.1:\d+\/main"?$/m);
  expect(yaml).toMatch(/^ {4}detect: "?rtsp:\/\/admin:\$\{CAMERA_PASSWORD\}@127\.0\.0\.1:\d+\/sub"?$/m);
  expect(yaml).toMatch(/^ {2}password: "?\$\{MQTT_PASSWORD\}"?$/m);
  // With all that can be set beside it, as that of config init.
  expect(yaml).toMatch(/^ {4}#maxFps: 5$/m);
  without(yaml, [CAMERA.password, BROKER.password, WRONG]);
  without(dialogue.terminal.text, [CAMERA.password, BROKER.password, WRONG]);
  without(processes.join('\n').replaceAll(/^.*(rtsp-server\.py|mosquitto_passwd|mosquitto_sub).*$/gm, ''), [
    CAMERA.password,
    BROKER.password,
    WRONG,
  ]);
  expect(processes.length).toBeGreaterThan(3);

  const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
  const secrets = join(folder, 'cspcam.secrets');
  expect(await readdir(folder)).toEqual(['cspcam.secrets', 'cspcam.yaml']);
  expect(await mode(secrets)).toBe('700');
  for (const name of ['CAMERA_PASSWORD', 'MQTT_PASSWORD'])
    expect(await mode(join(secrets, name))).toBe('600');
  expect(await mode(file)).toBe('600');
  const checked = await new Cspcam(['config', 'validate', file]).finished();
  expect(checked).toMatchObject({ code: 0, err: '' });
  expect(checked.out).toContain('valid, device shed, cameras front-door-eye2');
});

test('a camera that takes its password in clear alone gets it only where somebody says so', async () => {
  const server = await startRtspServer({ '/s': MAIN }, `${CAMERA.user}:${CAMERA.password}`);
  try {
    const folder = await newFolder();
    const file = join(folder, 'yard.yaml');
    const source = `yard=${server.url('/s').replace('://', '://admin@')}`;
    const dialogue = new Dialogue([
      '--config',
      file,
      '--camera',
      source,
      '--broker',
      'embedded',
      '--no-start',
    ]);
    await dialogue.answer('User of');
    await dialogue.answer('Password of admin', CAMERA.password);
    await dialogue.until('in clear only (Basic)');
    await dialogue.answer('What about', UP);
    await dialogue.until('yard: H264 over RTSP, 768x576');
    await dialogue.answer('Write ');
    expect(await dialogue.terminal.finished()).toBe(0);
    expect(await readFile(file, 'utf8')).toContain('/s#auth=basic');
    expect(await readdir(folder)).toEqual(['yard.secrets', 'yard.yaml']);
    expect((await new Cspcam(['config', 'validate', file]).finished()).code).toBe(0);
  } finally {
    await server.close();
  }
});

test.each(['Password of admin', 'Write '])('Ctrl-C at "%s" leaves nothing', async (question) => {
  const folder = await newFolder();
  const camera = question === 'Write ' ? ['--camera', 'demo'] : [];
  const dialogue = new Dialogue([
    ...['--config', join(folder, 'cspcam.yaml'), '--broker', 'embedded'],
    ...camera,
  ]);
  if (question !== 'Write ') {
    await dialogue.answer('Which cameras shall be watched?');
    await dialogue.answer('User of');
  }
  await dialogue.until(question);
  dialogue.terminal.press(`half${CTRL_C}`);
  expect(await dialogue.terminal.finished()).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

const EXISTING =
  'device: porch\nmqtt: { url: "mqtt://127.0.0.1:1883" }\ncameras: { door: { source: "test:ball" } }\n';

test('a configuration that is there stays as it is', async () => {
  const folder = await newFolder();
  const file = join(folder, 'cspcam.yaml');
  await writeFile(file, EXISTING);
  const quiet = await new Cspcam(['setup', '--yes', '--config', file, '--camera', 'demo']).finished();
  expect(quiet).toMatchObject({ code: 2, out: '' });
  expect(quiet.err).toMatch(/expected a file that is not there yet .* for --config, received .*cspcam\.yaml/);
  const dialogue = new Dialogue(['--config', file, '--camera', 'demo', '--broker', 'embedded', '--no-start']);
  await dialogue.until('is a configuration already');
  dialogue.terminal.press(`${UP}${ENTER}`);
  await dialogue.answer('Which file then?');
  await dialogue.answer('Write ');
  expect(await dialogue.terminal.finished()).toBe(0);
  expect(await readdir(folder)).toEqual(['cspcam-2.yaml', 'cspcam.yaml']);
  expect(await readFile(file, 'utf8')).toBe(EXISTING);
});

test('without a terminal: what to say instead', async () => {
  const { code, err } = await new Cspcam(['setup', '--camera', 'demo'], {}, '').finished();
  expect(code).toBe(2);
  expect(err).toMatch(/^cspcam: expected a terminal to ask on, or --yes .*--camera SOURCE, --broker URL/);
  expect(err.trim().split('\n')).toHaveLength(1);
});

test('in a script: passwords from standard input, one JSON object, nothing asked', async () => {
  const file = join(await newFolder(), 'cspcam.yaml');
  const args = [
    ...['setup', '--yes', '--json', '--no-start', '--stdin', '--config', file, ...NETWORK, '--user', 'admin'],
    ...['--broker', broker.url, '--broker-user', BROKER.name],
  ];
  const lines = `CAMERA_PASSWORD=${CAMERA.password}\nMQTT_PASSWORD=${BROKER.password}\n`;
  const { code, out, err } = await new Cspcam(args, {}, lines).finished();
  expect({ code, err }).toEqual({ code: 0, err: expect.not.stringContaining('expected') });
  expect(JSON.parse(out)).toMatchObject({
    found: { cameras: [{ kind: 'onvif', failure: 'login-wanted' }] },
    cameras: [{ id: 'front-door-eye2', source: { says: 'H264 over RTSP', size: { width: 768 } } }],
    broker: { url: broker.url },
    file,
  });
  without(out + err + (await readFile(file, 'utf8')), [CAMERA.password, BROKER.password]);
  expect((await new Cspcam(['config', 'validate', file]).finished()).code).toBe(0);
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
  const camera = `door=${rtsp.url('/main')}`;
  const given = ['--config', join(folder, 'cspcam.yaml'), '--camera', camera, '--broker', 'embedded'];
  const { code, out, err } = await new Cspcam(
    ['setup', '--yes', ...NETWORK, ...given, ...args],
    environment,
  ).finished();
  expect(code).toBe(1);
  expect(err).toMatch(says);
  without(out + err, [WRONG]);
  expect(await readdir(folder)).toEqual([]);
});

test('a password in an option is refused, and not repeated', async () => {
  const { code, err } = await new Cspcam(['setup', '--camera', `rtsp://admin:${WRONG}@host/s`]).finished();
  expect(code).toBe(2);
  expect(err).toContain('an address without a password');
  without(err, [WRONG]);
});

test('brokers that announce themselves are found, and taken only where somebody says so', async () => {
  const home = await startMosquitto({ address: '127.0.0.2', port: 1883 });
  const takeBack = await announce('127.0.0.2', 'house', { '_home-assistant._tcp': 8123, '_mqtt._tcp': 1883 });
  try {
    const look = await new Cspcam(['setup', '--json', ...NETWORK]).finished();
    const { brokers } = JSON.parse(look.out).found;
    expect(brokers).toContainEqual({
      url: 'mqtt://127.0.0.2:1883',
      name: 'of Home Assistant (house home-assistant)',
      isLocal: false,
      says: 'open',
    });
    const file = join(await newFolder(), 'cspcam.yaml');
    const quiet = await new Cspcam([
      'setup',
      '--yes',
      '--no-start',
      '--config',
      file,
      '--camera',
      'demo',
      ...NETWORK,
    ]).finished();
    expect(quiet.code).toBe(0);
    expect(await readFile(file, 'utf8')).toMatch(/^ {2}embeddedBroker:$/m);
    const dialogue = new Dialogue(['--config', `${file}-2`, '--camera', 'demo', '--no-start']);
    await dialogue.answer('Which MQTT broker');
    await dialogue.until('mqtt://127.0.0.2:1883: accepted');
    await dialogue.answer('Write ');
    expect(await dialogue.terminal.finished()).toBe(0);
    expect(await readFile(`${file}-2`, 'utf8')).toMatch(/^ {2}url: mqtt:\/\/127\.0\.0\.2:1883$/m);
  } finally {
    await takeBack();
    await home.close();
  }
});

test('a machine without GStreamer: what to do, before anything is asked', async () => {
  const folder = await newFolder();
  const file = join(folder, 'cspcam.yaml');
  const { code, out, err } = await new Cspcam(
    ['setup', '--yes', '--config', file, '--camera', 'demo', '--broker', 'embedded', ...NETWORK],
    { PATH: folder },
  ).finished();
  expect(code).toBe(1);
  expect(out).toContain('! error: gst-inspect-1.0 gives no list');
  expect(out).toMatch(/do: (sudo )?apt-get install .*gstreamer1\.0-tools/);
  expect(err).toContain('expected a machine that plays video for video.gstreamer');
  expect(await readdir(folder)).toEqual([]);
});
