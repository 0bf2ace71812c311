// ONVIF devices of the tests' own on loopback -> what `cspcam cameras discover` says of them, and how it logs in.

import { writeFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { loadConfig } from '../../../agent/config/load.js';
import { parseSource } from '../../../pipelines/sources.js';
import { Cspcam, type Finished, writeConfig } from '../../support/cspcam.js';
import { inTurn } from '../../support/multicast-turn.js';
import { OnvifDevice, type OnvifDeviceOptions, STREAMS } from '../../support/onvif-device.js';
import { Terminal } from '../../support/terminal.js';

const devices: OnvifDevice[] = [];
afterEach(async () => {
  for (const device of devices.splice(0)) await device.close();
});

async function device(options: OnvifDeviceOptions = {}): Promise<OnvifDevice> {
  const started = await OnvifDevice.start(options);
  devices.push(started);
  return started;
}

const LOGIN = { user: 'admin', password: 'se3cret' };

function discover(args: readonly string[], password = LOGIN.password): Promise<Finished> {
  return new Cspcam(['cameras', 'discover', ...args], { CAMERA_PASSWORD: password }).finished();
}

test('devices on the network: named, with their streams, and the YAML that watches them', async () => {
  const one = await device({ login: LOGIN });
  const two = await device({ address: '127.0.0.2', model: 'Öko &lt;3', streams: STREAMS.slice(0, 1) });
  const { code, out, err } = await inTurn(async () => {
    await one.listen();
    await two.listen();
    return discover(['--interface', 'lo', '--timeout', '3', '--user', 'admin']);
  });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const [list = '', yaml = ''] = out.split(/^# below cameras:.*\n/m);
  expect(list).toContain(`${one.host}  Acme Eye 2, firmware 5.7.1
  MainStream  H265  2688x1520  20 fps  rtsp://127.0.0.1:554/main
  SubStream   H264  640x360    10 fps  rtsp://127.0.0.1:554/sub
`);
  expect(list).toContain(`${two.host}  Acme Öko <3, firmware 5.7.1
  MainStream  H265  2688x1520  20 fps  rtsp://127.0.0.2:554/main
`);
  expect(yaml).toContain(`  front-door-eye2:
    source: "rtsp://admin:\${CAMERA_PASSWORD}@127.0.0.1:554/main"
    detect: "rtsp://admin:\${CAMERA_PASSWORD}@127.0.0.1:554/sub"
`);
  expect(yaml).toMatch(/^ {2}front-door-eye2-2:$/m);
  expect([one.wrong, two.wrong]).toEqual([0, 0]);
  expect(out).not.toContain(LOGIN.password);
});

test('the YAML alone is a part of a configuration', async () => {
  const { host } = await device({ login: LOGIN });
  const { code, out } = await discover(['--host', host, '--user', 'admin', '--yaml']);
  expect(code).toBe(0);
  const file = await writeConfig({});
  await writeFile(file, `device: porch\nmqtt: { url: "mqtt://127.0.0.1:1883" }\ncameras:\n${out}`);
  const { cameras } = await loadConfig(file, { CAMERA_PASSWORD: LOGIN.password });
  expect(cameras).toMatchObject({
    'eye-2': {
      source: 'rtsp://admin:se3cret@127.0.0.1:554/main',
      detect: 'rtsp://admin:se3cret@127.0.0.1:554/sub',
    },
  });
});

test('a password that an address cannot hold as it is: told, and right in the YAML once it is encoded', async () => {
  const login = { user: 'admin', password: 'p%41/@ss' };
  const { host, right } = await device({ login });
  expect(right).toBe(0);
  const { code, out, err } = await discover(['--host', host, '--user', 'admin', '--yaml'], login.password);
  expect(code).toBe(0);
  expect(err).toContain('for cspcam run the password in $CAMERA_PASSWORD has to be percent-encoded');
  for (const secret of [login.password, encodeURIComponent(login.password)])
    expect(out + err).not.toContain(secret);
  const plain = await discover([
    '--host',
    (await device({ login: LOGIN })).host,
    '--user',
    'admin',
    '--yaml',
  ]);
  expect(plain.err).not.toContain('percent-encoded');
  const file = await writeConfig({});
  await writeFile(file, `device: porch\nmqtt: { url: "mqtt://127.0.0.1:1883" }\ncameras:\n${out}`);
  const environment = { CAMERA_PASSWORD: encodeURIComponent(login.password) };
  const [camera] = Object.values((await loadConfig(file, environment)).cameras);
  expect(parseSource(camera!.source)).toMatchObject({ camera: { credentials: login } });
});

const HTTP = { ...LOGIN, quality: true } as const;

test.each<[name: string, options: OnvifDeviceOptions]>([
  ['WS-Security', { login: LOGIN }],
  ['WS-Security, by a clock 3 hours behind', { login: LOGIN, clockAheadMs: -3 * 3_600_000 }],
  ['WS-Security, by a clock of 1970', { login: LOGIN, clockAheadMs: 1000 - Date.now() }],
  ['HTTP Digest with MD5', { httpLogin: { ...HTTP, schemes: ['MD5'] } }],
  ['HTTP Digest with SHA-256 before Basic', { httpLogin: { ...HTTP, schemes: ['Basic', 'MD5', 'SHA-256'] } }],
  ['Media2 alone', { login: LOGIN, media2: true }],
])('a login by %s: right at once, a wrong one tried once, none without a user', async (_, options) => {
  const { host, ...served } = await startedWith(options);
  const right = await discover(['--host', host, '--user', 'admin', '--json']);
  expect(right.err).toBe('');
  const found = JSON.parse(right.out).devices[0];
  expect(found.streams.map(({ address, codec }: Record<string, string>) => [address, codec])).toEqual([
    ['rtsp://127.0.0.1:554/main', 'H265'],
    ['rtsp://127.0.0.1:554/sub', 'H264'],
  ]);
  expect(served.wrong()).toBe(0);
  if (options.clockAheadMs)
    expect(found.clockAheadSeconds * 1000 - options.clockAheadMs).toBeLessThan(60_000);

  const none = await discover(['--host', host]);
  expect(none).toMatchObject({
    code: 1,
    out: `${host}\n  it asks for a user name and a password: --user NAME\n`,
  });
  expect(served.wrong()).toBe(0);

  const wrong = await discover(['--host', host, '--user', 'admin'], 'wr0ng');
  expect(wrong.code).toBe(1);
  expect(wrong.out).toContain('it refuses the user name or the password');
  expect(served.wrong()).toBe(1);
  for (const secret of [LOGIN.password, 'wr0ng', Buffer.from('admin:se3cret').toString('base64')])
    expect(served.received() + right.out + wrong.out).not.toContain(secret);
});

async function startedWith(options: OnvifDeviceOptions) {
  const one = await device(options);
  return {
    host: one.host,
    wrong: () => one.wrong + (one.httpLogin?.wrong ?? 0),
    received: () => one.received,
  };
}

test('names and passwords with characters of their own', async () => {
  const login = { user: 'jürgen&<"co">', password: 'pä$$ "wört"/#1' };
  const { host } = await device({ login });
  const { code, out } = await discover(['--host', host, '--user', login.user], login.password);
  expect(code).toBe(0);
  expect(out).toContain(
    `source: "rtsp://${encodeURIComponent(login.user)}:\${CAMERA_PASSWORD}@127.0.0.1:554/main"`,
  );
});

test('the password is asked for on a terminal, and not shown', async () => {
  const { host } = await device({ login: LOGIN });
  const terminal = new Terminal(['cameras', 'discover', '--host', host, '--user', 'admin']);
  await terminal.until('password of admin: ');
  terminal.press(`${LOGIN.password}\r`);
  expect(await terminal.finished()).toBe(0);
  expect(terminal.text).toContain('rtsp://127.0.0.1:554/main');
  expect(terminal.text).not.toContain(LOGIN.password);
});

test('Ctrl-C at that question ends the command', async () => {
  const { host, asked } = await device();
  const terminal = new Terminal(['cameras', 'discover', '--host', host, '--user', 'admin']);
  await terminal.until('password of admin: ');
  terminal.press('\u0003');
  await terminal.finished();
  expect(terminal.text).not.toContain('rtsp://');
  expect(asked).toEqual([]);
});

test('where there is no terminal it is read from standard input', async () => {
  const one = await device({ login: LOGIN });
  const running = new Cspcam(
    ['cameras', 'discover', '--host', one.host, '--user', 'admin'],
    {},
    'se3cret\r\nmore\n',
  );
  expect(await running.finished()).toMatchObject({ code: 0, err: '' });
  expect(one.wrong).toBe(0);
});

test('each lens of a recorder is a camera', async () => {
  const streams = ['1', '2'].flatMap((lens) =>
    STREAMS.map((stream) => ({ ...stream, token: `${lens}-${stream.token}`, source: lens })),
  );
  const { host } = await device({ streams });
  const { out } = await discover(['--host', host, '--yaml']);
  expect(out.match(/^ {2}\S+:$/gm)).toEqual(['  eye-2:', '  eye-2-2:']);
});

test.each<[args: string[], code: number, line: string]>([
  [['--interface', 'nowhere0'], 2, 'expected one of the networks lo (127.0.0.1)'],
  [['--host', 'http://me:secret@camera/'], 2, 'received ***@camera/'],
  [['--host', 'ftp://camera'], 2, 'expected a host, host:port or http://host/path'],
  [['--host', 'no.such.host.invalid'], 1, 'expected a host name that can be resolved for --host'],
  [['--timeout', '0'], 2, 'expected a number above 0'],
  [['--json', '--yaml'], 2, "'--json' cannot be used with option '--yaml'"],
  [['--interface', 'lo', '--timeout', '0.2'], 1, 'for the call on lo, received none'],
])('%j: exit code %i, one line', async (args, code, line) => {
  const finished = await inTurn(() => discover(args));
  expect(finished).toMatchObject({ code, out: '' });
  expect(finished.err).toContain(line);
  expect(finished.err.trim().split('\n')).toHaveLength(1);
});
