// A terminal, a camera and a broker, each with a login -> from nothing to the first detection, and what is in the way.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../../agent/config/load.js';
import { Cspcam } from '../../support/cspcam.js';
import { Dialogue, ENTER, expectWithout, processList, UP } from '../../support/dialogue.js';
import { startRtspServer } from '../../support/rtsp-server.js';
import { BROKER, CAMERA, MAIN, type Site, startSite, WRONG } from '../../support/site.js';
import { CTRL_C } from '../../support/terminal.js';
import { areWebcamsAway } from '../../support/webcams.js';

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.close());

const dialogues: Dialogue[] = [];
afterEach(async () => {
  for (const dialogue of dialogues.splice(0)) await dialogue.close();
});

function setup(...args: string[]): Dialogue {
  const dialogue = new Dialogue(args);
  dialogues.push(dialogue);
  return dialogue;
}

const newFolder = () => mkdtemp(join(tmpdir(), 'setup-'));

test('from nothing to the first detection: a wrong password of each, then the right one', async ({
  skip,
}) => {
  skip(!areWebcamsAway, 'setup would find webcams of this machine');
  const folder = await newFolder();
  const file = join(folder, 'cspcam.yaml');
  const processes: string[] = [];
  let dialogue!: Dialogue;
  await site.whileCalled(async () => {
    const begunMs = Date.now();
    dialogue = setup('--config', file, '--broker', site.broker.url, '--device', 'shed');
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
      ...['-h', '127.0.0.1', '-p', String(site.broker.port), '-u', BROKER.name, '-P', BROKER.password],
      ...['-t', 'cspcam/shed/camera/front-door-eye2/detections', '-C', '1', '-W', '60'],
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ frame: { sourceSize: { width: 480, height: 360 } } });

    dialogue.terminal.press(CTRL_C);
    expect(await dialogue.terminal.finished()).toBe(0);
    clearInterval(listing);
  });

  const yaml = await readFile(file, 'utf8');
  expect(yaml).toMatch(/^ {4}source: "?rtsp:\/\/admin:\$\{CAMERA_PASSWORD\}@127\.0\.0\.1:\d+\/main"?$/m);
  expect(yaml).toMatch(/^ {4}detect: "?rtsp:\/\/admin:\$\{CAMERA_PASSWORD\}@127\.0\.0\.1:\d+\/sub"?$/m);
  expect(yaml).toMatch(/^ {2}password: "?\$\{MQTT_PASSWORD\}"?$/m);
  // With all that can be set beside it, as that of config init.
  expect(yaml).toMatch(/^ {4}#maxFps: 5$/m);
  expectWithout(yaml, [CAMERA.password, BROKER.password, WRONG]);
  expectWithout(dialogue.terminal.text, [CAMERA.password, BROKER.password, WRONG]);
  expectWithout(
    processes.join('\n').replaceAll(/^.*(rtsp-server\.py|mosquitto_passwd|mosquitto_sub).*$/gm, ''),
    [CAMERA.password, BROKER.password, WRONG],
  );
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

test('in numbered lines, for readers of screens', async ({ skip }) => {
  skip(!areWebcamsAway, 'setup would find webcams of this machine');
  const folder = await newFolder();
  const file = join(folder, 'cspcam.yaml');
  await site.whileCalled(async () => {
    const dialogue = setup('--config', file, '--plain', '--device', 'shed');
    await dialogue.until('Which cameras shall be watched?');
    await dialogue.until('Front door Eye2, asks for a login');
    await dialogue.answer('Numbers [1]: ', '9');
    await dialogue.until('expected numbers from 1 to 3');
    await dialogue.answer('Numbers [1]: ');
    await dialogue.answer(' [admin]: ');
    await dialogue.answer('leaves the camera out): ', CAMERA.password);
    await dialogue.until('Which MQTT broker');
    await dialogue.answer('Number [', '1');
    await dialogue.answer('Number [1]: ', '2');
    expect(await dialogue.terminal.finished()).toBe(0);
    expectWithout(dialogue.terminal.text, [CAMERA.password]);
  });
  expect(await readdir(folder)).toEqual(['cspcam.secrets', 'cspcam.yaml']);
});

test('a camera that takes its password in clear alone gets it only where somebody says so', async () => {
  const server = await startRtspServer({ '/s': MAIN }, `${CAMERA.user}:${CAMERA.password}`);
  try {
    const folder = await newFolder();
    const file = join(folder, 'yard.yaml');
    const source = `yard=${server.url('/s').replace('://', '://admin@')}`;
    const dialogue = setup('--config', file, '--camera', source, '--broker', 'embedded', '--no-start');
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
  await site.whileCalled(async () => {
    const folder = await newFolder();
    const camera = question === 'Write ' ? ['--camera', 'demo'] : [];
    const dialogue = setup(...['--config', join(folder, 'cspcam.yaml'), '--broker', 'embedded'], ...camera);
    if (question !== 'Write ') {
      await dialogue.answer('Which cameras shall be watched?');
      await dialogue.answer('User of');
    }
    await dialogue.until(question);
    dialogue.terminal.press(`half${CTRL_C}`);
    expect(await dialogue.terminal.finished()).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });
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
  const dialogue = setup('--config', file, '--camera', 'demo', '--broker', 'embedded', '--no-start');
  await dialogue.until('is a configuration already');
  dialogue.terminal.press(`${UP}${ENTER}`);
  await dialogue.answer('Which file then?');
  await dialogue.answer('Write ');
  expect(await dialogue.terminal.finished()).toBe(0);
  expect(await readdir(folder)).toEqual(['cspcam-2.yaml', 'cspcam.yaml']);
  expect(await readFile(file, 'utf8')).toBe(EXISTING);
});

test('cameras are added to a configuration, beside what stands there; one login does for two', async () => {
  const folder = await newFolder();
  const file = join(folder, 'cspcam.yaml');
  const before = `# mine
device: porch # as ever
mqtt: { url: "mqtt://127.0.0.1:1883" }
cameras:
  # the old one
  front-door-eye2:
    source: "rtsp://admin:\${CAMERA_PASSWORD}@10.0.0.2/main"
`;
  await writeFile(file, before);
  await mkdir(join(folder, 'cspcam.secrets'));
  await writeFile(join(folder, 'cspcam.secrets/CAMERA_PASSWORD'), 'of-the-old-one');
  const more = ['/main', '/sub'].flatMap((path) => [
    '--camera',
    `yard${path.slice(1)}=${site.rtsp.url(path)}`,
  ]);
  const dialogue = setup('--config', file, ...more);
  await dialogue.until('is a configuration already');
  dialogue.terminal.press(`${UP}${UP}${ENTER}`);
  await dialogue.answer('User of');
  await dialogue.answer('Password of admin', CAMERA.password);
  await dialogue.answer('Add yardmain, yardsub to');
  expect(await dialogue.terminal.finished()).toBe(0);
  expectWithout(dialogue.terminal.text, [CAMERA.password]);
  const text = await readFile(file, 'utf8');
  expect(text.replace(/^ {2}yard.*:\n {4}.*\n/gm, '')).toBe(before);
  const { cameras } = await loadConfig(file, {});
  const own = `rtsp://admin:${encodeURIComponent(CAMERA.password)}@127.0.0.1:${site.rtsp.port}`;
  expect(Object.values(cameras).map(({ source }) => source)).toEqual([
    `${own}/main`,
    `${own}/sub`,
    'rtsp://admin:of-the-old-one@10.0.0.2/main',
  ]);
  expect((await readdir(join(folder, 'cspcam.secrets'))).toSorted()).toEqual([
    'CAMERA_PASSWORD',
    'CAMERA_PASSWORD_2',
  ]);
});
