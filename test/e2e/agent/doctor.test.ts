// Faults made for real on this machine, one run of `cspcam doctor` each time -> its findings, what it mends, its exit code.

import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DECODERS, NEEDED } from '../../../agent/doctor/checks/elements.js';
import type { DoctorReport } from '../../../agent/doctor/report.js';
import { clipOf } from '../../support/access-units.js';
import { PROGRAM, writeConfig } from '../../support/cspcam.js';
import { freePort, type Mosquitto, startMosquitto } from '../../support/mosquitto.js';
import { canNobodyStart } from '../../support/rights.js';
import { RtspCamera } from '../../support/rtsp-camera.js';
import { isHere } from '../../support/tools.js';

const PASSWORD = 'right-and-secret';
const WRONG = 'wrong-and-secret';
const NOBODY = 65_534;

const hasNamespaces = isHere(
  'root, to mount in a namespace of its own,',
  spawnSync('unshare', ['-m', 'true']).status === 0,
);
const isNobody = hasNamespaces && canNobodyStart();
const isDebian = spawnSync('dpkg-query', ['-W', 'gstreamer1.0-libav']).status === 0;

const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
// Whoever the doctor runs as.
chmodSync(folder, 0o777);

let broker: Mosquitto;
let camera: RtspCamera;
const inUse = createServer();

beforeAll(async () => {
  broker = await startMosquitto({ user: { name: 'porch', password: PASSWORD } });
  const clip = await clipOf({ frames: 5 });
  camera = await RtspCamera.start({ clip, login: { user: 'admin', password: PASSWORD, schemes: ['MD5'] } });
  inUse.listen(0, '127.0.0.1');
  await once(inUse, 'listening');
});

afterAll(async () => {
  inUse.close();
  await camera.close();
  await broker.close();
});

interface Seen {
  /** A signal where that ended it. */
  readonly code: number | string;
  readonly out: string;
  readonly err: string;
}

/** @param before shell commands of root, within a mount namespace */
async function doctor(
  args: readonly string[],
  { before = '', asNobody = false, env = {} as Record<string, string> } = {},
): Promise<Seen> {
  const drop = asNobody ? `setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups` : '';
  const script = `set -e\n${before}\nexec ${drop} "$@"`;
  const command = [process.execPath, PROGRAM, 'doctor', ...args];
  const inside = hasNamespaces ? ['unshare', '-m', '--propagation', 'private'] : ['env'];
  return promisify(execFile)(inside[0]!, [...inside.slice(1), 'sh', '-c', script, 'sh', ...command], {
    // No unit of this machine, no file beside: what is asked for alone.
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', HOME: folder, ...env },
    maxBuffer: 1 << 24,
  }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, signal, stdout, stderr }) => ({ code: signal ?? code, out: stdout, err: stderr }),
  );
}

const reportIn = ({ out, err }: Seen): DoctorReport => {
  expect(out, err).toMatch(/^\{/);
  const report = JSON.parse(out) as DoctorReport;
  const schema = JSON.parse(
    readFileSync(resolve(import.meta.dirname, '../../../agent/doctor/doctor.schema.json'), 'utf8'),
  );
  const ajv = new Ajv2020();
  expect(ajv.validate(schema, report), ajv.errorsText()).toBe(true);
  return report;
};

const found = (report: DoctorReport, id: string) => report.findings.find((finding) => finding.id === id);

describe.skipIf(!isNobody)('many faults at once', () => {
  let seen: Seen;
  let report: DoctorReport;

  beforeAll(async () => {
    const at = (name: string) => join(folder, name);
    const plugins = pluginsWithoutDecoders(at('plugins'));
    for (const name of ['full', 'read-only', 'dev', 'class', 'tmp']) mkdirSync(at(name));
    chmodSync(at('tmp'), 0o777);
    const port = (inUse.address() as { port: number }).port;
    const source = camera.url(`admin:${WRONG}`);
    const config = await writeConfig({
      device: 'porch',
      mqtt: { url: broker.url, username: 'porch', password: WRONG, outbox: { directory: at('full') } },
      cameras: {
        door: { source },
        yard: { source: camera.url(`admin:${WRONG}`, '/second') },
        gate: { source: `rtsp://127.0.0.1:${await freePort()}/stream` },
        usb: { source: 'v4l2:/dev/video0' },
      },
      stats: { prometheus: { port } },
    });
    chmodSync(dirname(config), 0o755);
    chmodSync(config, 0o644);
    seen = await doctor(['--json', '--config', config], {
      asNobody: true,
      env: { ...plugins, XDG_STATE_HOME: at('read-only'), XDG_CACHE_HOME: at('tmp'), TMPDIR: at('tmp') },
      before: `
        mount -t tmpfs -o size=64k,mode=777 tmpfs ${at('full')}
        cat /dev/zero >${at('full')}/zeros 2>/dev/null || true
        mount -t tmpfs -o ro tmpfs ${at('read-only')}
        mount -t tmpfs tmpfs ${at('class')}
        mkdir -p ${at('class')}/video4linux/video0 && echo 'HD Webcam' >${at('class')}/video4linux/video0/name
        mount -t tmpfs tmpfs ${at('dev')}
        for one in null zero full random urandom; do cp -a /dev/$one ${at('dev')}/; done
        mknod -m 660 ${at('dev')}/video0 c 81 0 && chgrp video ${at('dev')}/video0
        mount --move ${at('class')} /sys/class
        mount --move ${at('dev')} /dev`,
    });
    report = reportIn(seen);
  });

  test.each([
    [
      'video.h264',
      'error',
      /no decoder of H\.264/,
      'apt-get install -y --no-install-recommends gstreamer1.0-libav',
    ],
    ['video.h265', 'warning', /no decoder of H\.265/, 'gstreamer1.0-libav'],
    ['video.capture', 'error', /test pictures come, the demo clip does not/, 'install'],
    ['cameras.door', 'error', /refuses the user name or the password/, 'lock the account'],
    ['cameras.yard', 'error', /not asked: its host has refused this login/, 'other stream'],
    ['cameras.gate', 'error', /ECONNREFUSED/, 'cameras discover'],
    ['cameras.usb', 'error', /no permission for \/dev\/video0/, 'usermod -aG video nobody'],
    [
      'cameras.devices.video0',
      'error',
      /nobody may not open \/dev\/video0, of group video/,
      'usermod -aG video nobody',
    ],
    ['messages.broker', 'error', /Not authorized/, 'mosquitto_passwd'],
    ['disk.outbox', 'warning', /the disk is full/, 'du -xh'],
    ['disk.state', 'warning', /is read-only/, 'mount -o remount,rw'],
    ['service.port.stats.prometheus', 'warning', /in use/, 'stats.prometheus.port'],
  ])('%s', (id, severity, words, advice) => {
    const finding = found(report, id);
    expect(finding, JSON.stringify(report.findings, undefined, 1)).toMatchObject({ severity });
    expect(finding!.seen).toMatch(words);
    expect(finding!.expected).not.toBeNull();
    expect(finding!.advice).toContain(advice);
  });

  test('exit code 1; what root would have to do is next', () => {
    expect(seen.code).toBe(1);
    expect(report).toMatchObject({ worst: 'error', user: 'nobody' });
    expect(report.next[0]!.command).toMatch(/^sudo .* doctor --config \S+ --fix$/);
  });

  test('one login, which did not lock the account; no password in what is printed', () => {
    expect(camera.login!.wrong).toBe(1);
    expect(camera.requests.filter(({ url }) => url.endsWith('/second'))).toEqual([]);
    expect(seen.out + seen.err).not.toMatch(/and-secret/);
  });
});

test("a broker and a camera that accept; --fix does what it may, says it before, and leaves to root what is root's", async ({
  skip,
}) => {
  skip(process.getuid?.() === 0 && !isNobody, 'root may do all, and another user may not start what is here');
  const { cache, stale } = cacheWithStaleFile();
  const config = await writeConfig({
    device: 'porch',
    mqtt: { url: broker.url, username: 'porch', password: PASSWORD },
    cameras: { door: { source: camera.url(`admin:${PASSWORD}`) } },
  });
  chmodSync(dirname(config), 0o755);
  chmodSync(config, 0o644);
  const before = camera.connections;
  const seen = await doctor(['--config', config, '--fix', '--yes', '--json'], {
    asNobody: isNobody,
    env: { XDG_CACHE_HOME: cache, XDG_STATE_HOME: '/nowhere' },
  });
  const report = reportIn(seen);
  for (const id of ['video.capture', 'model.trial', 'cameras.door', 'messages.broker'])
    expect(found(report, id), seen.out).toMatchObject({ severity: 'ok' });
  expect(found(report, 'cameras.door')!.seen).toBe('door: H264 over RTSP');
  expect(report.next[0]!.command).toMatch(/ run --config \S+$/);
  expect(seen.code).toBe(0);
  // Before the fix and after it.
  expect(camera.connections - before).toBe(2);
  expect([...camera.sessions]).toEqual([]);
  expect(seen.err).toContain(`rm -f ${stale}   # for model.kept`);
  const user = isNobody ? 'nobody' : userInfo().username;
  const group = execFileSync('id', ['-gn', user], { encoding: 'utf8' }).trim();
  expect(seen.err).toMatch(/left for root \(for disk\.state.*\): /);
  expect(seen.err).toContain(`: sudo install -d -o ${user} -g ${group} -m 0750 /nowhere`);
  expect(report.fixed).toEqual([`rm -f ${stale}`]);
  expect(found(report, 'model.kept')).toBeUndefined();
  expect(existsSync(stale)).toBe(false);
  expect(seen.out + seen.err).not.toMatch(/and-secret/);
});

test('a file that never ends is a finding; nothing is mended without --yes or a terminal; text has no colours', async () => {
  const { cache, stale } = cacheWithStaleFile();
  const pipe = join(folder, 'pipe.yaml');
  execFileSync('mkfifo', [pipe]);
  const { code, out, err } = await doctor(['--config', pipe, '--offline', '--fix'], {
    asNobody: isNobody,
    env: { XDG_CACHE_HOME: cache },
  });
  expect(out).toMatch(
    /^ {2}error {4}system\.config: expected an end within 10 s for reading \S+, received none\n {11}expected: /m,
  );
  expect(out).toMatch(/^ {2}ok {7}model\.files: \S+ in /m);
  expect(out).toMatch(/^Next:\n {2}\S.* config validate \S+pipe\.yaml +# /m);
  expect(out).not.toContain('\u001b');
  expect(err).toContain(`not done without a terminal to ask on, or --yes (for model.kept): rm -f ${stale}`);
  expect(existsSync(stale)).toBe(true);
  // Whatever the kernel still waits for.
  expect(code).toBe('SIGKILL');
});

test('wrong usage is exit code 2', async () => {
  expect((await doctor(['--fixx'])).code).toBe(2);
});

/** A file that a process which has gone was writing. */
function cacheWithStaleFile() {
  const cache = mkdtempSync(join(folder, 'cache-'));
  const inside = join(cache, 'cspcam');
  mkdirSync(inside);
  for (const one of [cache, inside]) chmodSync(one, 0o777);
  const { pid } = spawnSync('true');
  const stale = join(inside, `${'0'.repeat(32)}.${pid}-00000000-0000-4000-8000-000000000000.new`);
  writeFileSync(stale, '');
  return { cache, stale };
}

test.skipIf(!isDebian)('elements are of the packages that Debian has them in', () => {
  const elements = new Map(
    [...execFileSync('gst-inspect-1.0', { encoding: 'utf8' }).matchAll(/^(\S+): {2}(\S+): /gm)].map(
      ([, plugin, element]) => [element!, plugin!],
    ),
  );
  const rows = [
    ...Object.entries(NEEDED).flatMap(([install, names]) => names.map((name) => [name, install] as const)),
    ...Object.values(DECODERS).flatMap(({ any, install }) =>
      any.filter((name) => /^(avdec_h26|jpegdec)/.test(name)).map((name) => [name, install] as const),
    ),
  ];
  const files = rows.map(([name]) => join(pluginFolder(), `libgst${elements.get(name)}.so`));
  const owners = new Map(
    [
      ...execFileSync('dpkg', ['-S', ...new Set(files)], { encoding: 'utf8' }).matchAll(
        /^([^:]+):\S* (\S+)$/gm,
      ),
    ].map(([, owner, file]) => [basename(file!), owner!]),
  );
  expect(rows.map(([name]) => [name, owners.get(`libgst${elements.get(name)}.so`)])).toEqual(
    rows.map((row) => [...row]),
  );
});

function pluginFolder(): string {
  const inspected = execFileSync('gst-inspect-1.0', ['coreelements'], { encoding: 'utf8' });
  // dpkg knows it without the link from /lib.
  return dirname(realpathSync(/Filename\s+(\S+)/.exec(inspected)![1]!));
}

/** A folder of GStreamer's plugins with no decoder of H.264 and H.265 in it -> the environment that looks there alone. */
function pluginsWithoutDecoders(inside: string): Record<string, string> {
  mkdirSync(inside);
  const from = pluginFolder();
  const names =
    'coreelements app playback typefindfunctions videoconvertscale videoconvert videoscale videotestsrc isomp4 matroska ' +
    'rtsp rtpmanager rtp videofilter debug video4linux2 gdp videoparsersbad jpegformat mpegtsdemux jpeg udp';
  for (const name of names.split(' ')) {
    const file = join(from, `libgst${name}.so`);
    if (existsSync(file)) symlinkSync(file, join(inside, `libgst${name}.so`));
  }
  return {
    GST_PLUGIN_SYSTEM_PATH_1_0: inside,
    GST_PLUGIN_PATH_1_0: '',
    GST_REGISTRY_1_0: join(folder, 'registry.bin'),
  };
}
