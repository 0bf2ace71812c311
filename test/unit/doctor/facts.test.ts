// Files of invented machines, texts of tools -> facts: units, devices, mounts, formats, rights, kept networks.

import { chmodSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { mountOf } from '../../../agent/doctor/facts/disk.js';
import { readDistribution } from '../../../agent/doctor/facts/distribution.js';
import { readKept } from '../../../agent/doctor/facts/kept-networks.js';
import { outputOf } from '../../../agent/doctor/facts/output.js';
import { readPower } from '../../../agent/doctor/facts/power.js';
import { readService } from '../../../agent/doctor/facts/service.js';
import { readDevices } from '../../../agent/doctor/facts/video-devices.js';
import { mayUse, type Who } from '../../../agent/doctor/facts/who.js';
import { formatText, videoFormats } from '../../../agent/doctor/video-formats.js';
import { boards, rootWith } from '../../support/boards.js';

const { signal } = new AbortController();
const pi: Who = {
  user: 'pi',
  uid: 1000,
  gids: [1000, 44],
  groups: ['pi', 'video'],
  home: '/home/pi',
  isSelf: false,
};

describe('the unit', () => {
  const unit = (text: string) => ({ 'usr/lib/systemd/system/cspcam.service': text });

  test('none', async () => {
    expect(await readService(signal, rootWith({ 'etc/passwd': '' }))).toBeUndefined();
  });

  test('its user, program, environment and drop-ins; an empty value takes back', async () => {
    const root = rootWith({
      ...unit(
        '[Service]\nUser=cspcam\nExecStart=/usr/lib/cspcam/node \\\n  /x/main.js run\nEnvironmentFile=-/etc/cspcam/environment\n',
      ),
      'etc/systemd/system/cspcam.service.d/old.conf':
        '[Service]\n# ExecStart=no\nExecStart=\nExecStart=/opt/node /opt/main.js run --config /etc/a.yaml\nMemoryMax=1G\n',
    });
    const facts = await readService(signal, root);
    expect(facts).toMatchObject({
      isBooted: false,
      user: 'cspcam',
      command: ['/opt/node', '/opt/main.js', 'run', '--config', '/etc/a.yaml'],
      environmentFiles: ['/etc/cspcam/environment'],
      dropIns: [{ keys: ['ExecStart', 'MemoryMax'] }],
    });
  });

  test('its version is that of the program behind a script; drop-ins go by their names', async () => {
    const root = rootWith({
      'opt/cspcam/package.json': '{ "name": "cspcam", "version": "9.8.7" }',
      'opt/cspcam/dist/agent/cli/main.js': '',
      'usr/lib/systemd/system/cspcam.service.d/20-b.conf':
        '[Service]\nUser=late\nSupplementaryGroups=render\n',
      'usr/lib/systemd/system/cspcam.service.d/10-a.conf': '[Service]\nUser=hidden\nSupplementaryGroups=no\n',
      'etc/systemd/system/cspcam.service.d/10-a.conf':
        '[Service]\nUser=early\nSupplementaryGroups=video audio\n',
    });
    const script = join(root, 'cspcam');
    writeFileSync(script, `#!/bin/sh\nexec /usr/bin/node ${root}/opt/cspcam/dist/agent/cli/main.js "$@"\n`);
    writeFileSync(
      join(root, 'usr/lib/systemd/system/cspcam.service'),
      `[Service]\nExecStart=${script} run\n`,
    );
    expect(await readService(signal, root)).toMatchObject({
      programVersion: '9.8.7',
      user: 'late',
      groups: ['video', 'audio', 'render'],
    });
  });

  test('one file behind two folders is one; of two the first counts', async () => {
    const root = rootWith({
      ...unit('[Service]\n'),
      'etc/systemd/system/cspcam.service': '[Service]\nUser=me\n',
    });
    symlinkSync('usr/lib', join(root, 'lib'));
    const { unitFiles, user } = (await readService(signal, root))!;
    expect(unitFiles.map((file) => file.slice(root.length))).toEqual([
      '/etc/systemd/system/cspcam.service',
      '/usr/lib/systemd/system/cspcam.service',
    ]);
    expect(user).toBe('me');
  });

  test('of a checkout or of the bundle for JetPack 4, before that of a package', async () => {
    const root = rootWith({
      ...unit('[Service]\nUser=package\n'),
      'usr/local/lib/systemd/system/cspcam.service': '[Service]\nUser=checkout\n',
    });
    expect(await readService(signal, root)).toMatchObject({ user: 'checkout', unitFiles: { length: 2 } });
  });
});

test.each([
  ['PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n', 'Debian GNU/Linux 12 (bookworm)', true],
  [
    'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\nPRETTY_NAME="Ubuntu 18.04.6 LTS"\n',
    'Ubuntu 18.04.6 LTS',
    true,
  ],
  ['ID=fedora\nPRETTY_NAME="Fedora Linux 41"\n', 'Fedora Linux 41', false],
])('%j', async (text, name, hasApt) => {
  expect(await readDistribution(rootWith({ 'etc/os-release': text }))).toEqual({ name, hasApt });
});

test('devices: names, what udev knows of them, their group', async () => {
  const root = rootWith({
    'sys/class/video4linux/video0/name': 'HD Webcam\n',
    'sys/class/video4linux/video0/dev': '81:0\n',
    'sys/class/video4linux/video1/name': 'HD Webcam\n',
    'sys/class/video4linux/video1/dev': '81:1\n',
    'run/udev/data/c81:0': 'E:ID_V4L_CAPABILITIES=:capture:\n',
    'run/udev/data/c81:1': 'E:ID_V4L_CAPABILITIES=:\n',
    'dev/video0': '',
    'dev/video1': '',
    'dev/dri/renderD128': '',
    'etc/group': 'root:x:0:\nvideo:x:44:pi\n',
  });
  chmodSync(join(root, 'dev/video0'), 0o660);
  chmodSync(join(root, 'dev/dri/renderD128'), 0o666);
  const { video, graphics } = await readDevices(pi, signal, root);
  expect(video).toMatchObject([{ name: 'HD Webcam', isCamera: true }, { isCamera: false }]);
  // What the tests' own user made is not pi's.
  expect(video[0]!.isUsable).toBe(process.getuid!() === pi.uid);
  expect(graphics).toMatchObject([{ isUsable: true }]);
});

describe('rights by mode', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'rights-')), 'file');
  writeFileSync(file, '');
  const [uid, gid] = [process.getuid!(), process.getgid!()];
  test.each([
    { mode: 0o600, who: { ...pi, uid: uid + 1, gids: [gid + 1] }, may: false },
    { mode: 0o660, who: { ...pi, uid: uid + 1, gids: [gid] }, may: true },
    { mode: 0o606, who: { ...pi, uid: uid + 1, gids: [gid] }, may: false },
    { mode: 0o606, who: { ...pi, uid: uid + 1, gids: [gid + 1] }, may: true },
    { mode: 0o640, who: { ...pi, uid: uid + 1, gids: [gid] }, may: false },
    { mode: 0o000, who: { ...pi, uid: 0, gids: [] }, may: true },
  ])('$mode $who.uid $who.gids', async ({ mode, who, may }) => {
    chmodSync(file, mode);
    expect(await mayUse(who, file, ['read', 'write'])).toBe(may);
  });
});

// proc(5), as Debian on an overlay with a card and a bind mount has it.
const MOUNTS = `22 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw
30 22 0:25 / /tmp rw,nosuid - tmpfs tmpfs rw,size=65536k
31 22 179:3 / /var/lib ro,relatime shared:9 - ext4 /dev/mmcblk0p3 rw
32 31 179:4 / /var/lib/cspcam rw - ext4 /dev/mmcblk0p4 ro,errors=remount-ro
33 30 0:30 / /tmp ro - tmpfs tmpfs rw`;

test.each([
  ['/home/pi', '/', false],
  ['/var/lib', '/var/lib', true],
  ['/var/library', '/', false],
  ['/var/lib/cspcam/porch', '/var/lib/cspcam', true],
  ['/tmp/x', '/tmp', true],
])('%s hangs at %s, read-only: %s', (path, mountPoint, isReadOnly) => {
  expect(mountOf(MOUNTS, path)).toEqual({ mountPoint, isReadOnly });
});

// Of v4l-utils 1.22, as its own documentation has it.
const FORMATS = `ioctl: VIDIOC_ENUM_FMT
	Type: Video Capture

	[0]: 'MJPG' (Motion-JPEG, compressed)
		Size: Discrete 1280x720
			Interval: Discrete 0.033s (30.000 fps)
			Interval: Discrete 0.040s (25.000 fps)
		Size: Discrete 1920x1080
			Interval: Discrete 0.033s (30.000 fps)
	[1]: 'YUYV' (YUYV 4:2:2)
		Size: Discrete 640x480
			Interval: Discrete 0.067s (15.000 fps)
	[2]: 'BG10' (10-bit Bayer BGBG/GRGR)
		Size: Stepwise 32x32 - 3280x2464 with step 2/2
`;

test('formats of v4l2-ctl', () => {
  expect(videoFormats(FORMATS).map(formatText)).toEqual([
    'MJPG up to 1920x1080 at 30/s',
    'YUYV up to 640x480 at 15/s',
    'BG10 up to 3280x2464',
  ]);
  expect(videoFormats('ioctl: VIDIOC_ENUM_FMT\n\tType: Video Capture\n')).toEqual([]);
});

test('firmware of a Pi, and the power mode of a Jetson', async () => {
  for (const node of ['soc/soc:firmware', 'soc@107c000000/soc@107c000000:firmware']) {
    const bits = { [`sys/devices/platform/${node}/get_throttled`]: '50005\n' };
    const board = rootWith({ ...boards['Raspberry Pi 4'], ...bits });
    expect(await readPower(signal, board)).toMatchObject({
      firmwareBits: 0x50005,
      sensors: { heldBack: ['firmware: under-voltage', 'firmware: throttled'] },
    });
  }
  expect(await readPower(signal, rootWith(boards['Jetson TX2, MAXQ']))).toMatchObject({ powerMode: 1 });
});

test('kept networks: whole, damaged, being written, left behind; other files are not ours', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'kept-'));
  const put = (name: string, text = 'network') => writeFileSync(join(cache, name), text);
  const key = '0123456789abcdef'.repeat(2);
  const sum = crc32(Buffer.from('network')).toString(16).padStart(8, '0');
  const id = '00000000-0000-4000-8000-000000000000';
  put(`${key}.${sum}.onnx`);
  put(`${key}.00000000.onnx`);
  put(`${key}.12-${id}.new`);
  put(`${key}.34-${id}.new`);
  put('notes.new');
  const kept = await readKept(cache, (pid) => pid === 12);
  expect(kept).toEqual({
    files: 2,
    bytes: 14,
    damaged: [join(cache, `${key}.00000000.onnx`)],
    unfinished: [join(cache, `${key}.34-${id}.new`)],
    unreadable: [],
  });
  expect(await readKept(join(cache, 'none'), () => false)).toMatchObject({ files: 0 });
});

test('a program that is not there, fails or is told to stop has no output', async () => {
  expect(await outputOf(signal, 'sh', '-c', 'echo $LC_ALL')).toBe('C');
  expect(await outputOf(signal, 'no-such-program')).toBeUndefined();
  expect(await outputOf(signal, 'sh', '-c', 'echo a; exit 3')).toBeUndefined();
  const abort = new AbortController();
  const hanging = outputOf(abort.signal, 'sleep', '600');
  abort.abort();
  expect(await hanging).toBeUndefined();
});
