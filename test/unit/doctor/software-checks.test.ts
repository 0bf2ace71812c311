// Invented elements, models, devices, cameras, brokers, disks, services -> what the doctor says of them, and what mends it.

import { describe, expect, test } from 'vitest';
import { judgeBroker } from '../../../agent/doctor/checks/broker.js';
import { judgeCameras } from '../../../agent/doctor/checks/cameras.js';
import { judgeDevices } from '../../../agent/doctor/checks/devices.js';
import { judgeDisks } from '../../../agent/doctor/checks/disk.js';
import { DECODERS, NEEDED } from '../../../agent/doctor/checks/elements.js';
import { judgeKept, judgeModel } from '../../../agent/doctor/checks/model.js';
import { judgePorts, judgeService } from '../../../agent/doctor/checks/service.js';
import { judgeCapture, judgeElements } from '../../../agent/doctor/checks/video.js';
import type { FolderFacts } from '../../../agent/doctor/facts/disk.js';
import type { ServiceFacts } from '../../../agent/doctor/facts/service.js';
import { porch, runningService, subjectOn, verdicts, withPorch } from '../../support/doctor-subject.js';

const vm = await subjectOn('a virtual machine with AVX-512');
const all = new Set([...Object.values(NEEDED).flat(), 'avdec_h264', 'avdec_h265', 'jpegdec']);
const without = (...names: string[]) => new Set([...all].filter((name) => !names.includes(name)));
const grave = (findings: readonly { severity: string }[]) =>
  findings.filter(({ severity }) => severity !== 'ok');

describe('elements', () => {
  test.each([
    { lacks: [], found: [], install: undefined },
    { lacks: ['avdec_h264'], found: ['error video.h264'], install: ['gstreamer1.0-libav'] },
    { lacks: ['avdec_h265'], found: ['warning video.h265'], install: ['gstreamer1.0-libav'] },
    { lacks: ['jpegdec'], found: ['error video.jpeg'], install: ['gstreamer1.0-plugins-good'] },
    {
      lacks: ['gdppay', 'rtspsrc'],
      found: ['error video.elements'],
      install: ['gstreamer1.0-plugins-good', 'gstreamer1.0-plugins-bad'],
    },
  ])('without $lacks', ({ lacks, found, install }) => {
    const findings = grave(judgeElements({ elements: without(...lacks), unbounded: [] }, vm));
    expect(verdicts(findings as never)).toEqual(found);
    expect((findings[0] as { remedy?: { install: string[] } } | undefined)?.remedy?.install).toEqual(install);
  });

  test('a decoder that takes few profiles is a warning', () => {
    const few = new Set([...without('avdec_h264', 'avdec_h265'), 'openh264dec', 'libde265dec']);
    const found = grave(judgeElements({ elements: few, unbounded: [] }, vm));
    expect(verdicts(found as never)).toEqual(['warning video.h264', 'warning video.h265']);
    expect(found).toMatchObject([{ remedy: { install: ['gstreamer1.0-libav'] } }, {}]);
  });

  test('the decoder of a board stands for the software', async () => {
    const tx2 = await subjectOn('Jetson TX2, MAXN');
    const nvidia = new Set([...without('avdec_h264', 'avdec_h265'), 'nvv4l2decoder', 'nvjpegdec']);
    expect(grave(judgeElements({ elements: nvidia, unbounded: [] }, tx2))).toEqual([]);
    expect(verdicts(grave(judgeElements({ elements: all, unbounded: [] }, tx2)) as never)).toEqual([
      'warning video.hardware',
    ]);
  });

  test('no GStreamer at all is one error, and all packages at once', () => {
    const found = judgeElements(
      { failure: 'expected gst-inspect-1.0 for PATH, received ENOENT', unbounded: ['/usr/bin/setpriv'] },
      vm,
    );
    expect(verdicts(found)).toEqual(['error video.gstreamer', 'note video.bounds']);
    expect(found[0]!.remedy).toMatchObject({
      install: expect.arrayContaining(['gstreamer1.0-libav', 'gstreamer1.0-tools']),
    });
  });

  test('each codec has a decoder of software, and a package', () => {
    for (const { any, install } of Object.values(DECODERS)) {
      expect(any.length).toBeGreaterThan(1);
      expect(install).toMatch(/^gstreamer1\.0-/);
    }
  });
});

describe('a trial of a capture process', () => {
  const failing = (failure: string) => ({ clip: { failure }, picture: { failure } });
  test.each([
    ['works', { clip: { milliseconds: 300 } }, ['ok video.capture']],
    [
      'no decoder',
      { clip: { failure: 'missing a plug-in' }, picture: { milliseconds: 90 } },
      ['error video.capture'],
    ],
    ['no library', failing('libgstapp-1.0.so.0: cannot open shared object file'), ['error video.addon']],
    ['another Node', failing('was compiled against NODE_MODULE_VERSION 115'), ['error video.addon']],
    [
      'not built',
      failing("Cannot find module '../build/Release/gstreamer-superficial.node'"),
      ['error video.addon'],
    ],
    [
      'no tools: told already',
      failing('expected gst-inspect-1.0 (package gstreamer1.0-tools) for PATH, received ENOENT'),
      [],
    ],
    ['something else', failing('capture process was ended by SIGSEGV'), ['error video.capture']],
  ])('%s', (_name, trial, found) => {
    expect(verdicts(judgeCapture(trial, vm))).toEqual(found);
  });
});

describe('the model', () => {
  const model = {
    directory: '/m',
    name: 'yolo',
    precision: 'fp32' as const,
    reason: 'fp32: int8 is not known to be faster',
  };
  test.each([
    ['runs', { model, trial: { openMs: 90, frameMs: 40 } }, 'ok model.trial', undefined],
    ['SIGILL', { model, trial: { failure: '', signal: 'SIGILL' } }, 'error model.trial', /instruction/],
    ['killed', { model, trial: { failure: '', signal: 'SIGKILL' } }, 'error model.trial', /--verbose/],
    [
      'a library that does not load',
      { model, trial: { failure: 'libonnxruntime.so.1: file too short' } },
      'error model.trial',
      /--verbose/,
    ],
    [
      'damaged files',
      { failure: 'expected sha256 ab for /m/model.onnx, received cd: the file was changed or cut' },
      'error model.files',
      /install cspcam again/,
    ],
  ])('%s', (_name, facts, last, advice) => {
    const findings = judgeModel(facts, vm);
    expect(verdicts(findings).at(-1)).toBe(last);
    if (advice === undefined) expect(findings.at(-1)!.advice).toBeUndefined();
    else expect(findings.at(-1)!.advice).toMatch(advice);
  });

  test('a provider that is missing names the key', async () => {
    const config = { ...porch, inference: { provider: 'tensorrt' } } as never;
    const subject = await subjectOn('Jetson TX2, MAXN', { ...withPorch, config });
    const found = judgeModel(
      { model, trial: { failure: 'expected one of cpu for inference.provider, received tensorrt' } },
      subject,
    );
    expect(found.at(-1)).toMatchObject({
      severity: 'error',
      advice: 'set inference.provider in cspcam.yaml to cpu',
    });
  });

  test('what was kept: stale files are removed, damaged ones too, others are left', () => {
    const none = { files: 0, bytes: 0, damaged: [], unfinished: [], unreadable: [] };
    expect(judgeKept(none, vm)).toEqual([]);
    const found = judgeKept(
      { files: 3, bytes: 3e7, damaged: ['/c/a.onnx'], unfinished: ['/c/b.new'], unreadable: ['/c/x.onnx'] },
      vm,
    );
    expect(verdicts(found)).toEqual(['warning model.kept', 'note model.kept', 'note model.kept']);
    expect(found.map(({ remedy }) => remedy)).toEqual([
      undefined,
      { run: ['rm', '-f', '/c/a.onnx'], asRoot: false },
      { run: ['rm', '-f', '/c/b.new'], asRoot: false },
    ]);
  });
});

describe('devices', () => {
  const camera = { path: '/dev/video0', name: 'HD Webcam', isCamera: true, group: 'video', isUsable: true };
  const formats = [{ code: 'MJPG', sizes: [{ width: 1920, height: 1080, fps: 30 }] }];
  test.each([
    ['none', [], ['note cameras.devices']],
    ['one that can be used', [{ ...camera, formats }], ['ok cameras.devices.video0']],
    ['one without v4l2-ctl', [camera], ['note cameras.devices.video0']],
    ['one of group video', [{ ...camera, isUsable: false }], ['error cameras.devices.video0']],
    ['its second device', [{ ...camera, isCamera: false, isUsable: false }], ['note cameras.devices']],
  ])('%s', (_name, video, found) => {
    expect(verdicts(judgeDevices({ video, graphics: [] }, vm))).toEqual(found);
  });

  test('a user without the group gets it; one of no group does not', () => {
    const [first] = judgeDevices({ video: [{ ...camera, isUsable: false }], graphics: [] }, vm);
    expect(first!.remedy).toEqual({ run: ['usermod', '-aG', 'video', 'pi'], asRoot: true });
    const [second] = judgeDevices(
      { video: [{ ...camera, group: 'root', isUsable: false }], graphics: [] },
      vm,
    );
    expect(second!.remedy).toBeUndefined();
  });

  test('the graphics processor', () => {
    const render = { path: '/dev/dri/renderD128', group: 'render', isUsable: false };
    const found = judgeDevices({ video: [], graphics: [render] }, vm);
    expect(found[1]).toMatchObject({
      severity: 'warning',
      remedy: { run: ['usermod', '-aG', 'render', 'pi'] },
    });
  });
});

test.each([
  ['refused', /cameras discover.*without a camera: source: "file:\/opt\/cspcam\/agent\/demo\/street.mp4"/],
  ['unauthorized', /%2F.*cameras lock the account/],
  ['certificate', /fingerprint/],
  ['not-tried', /other stream/],
  ['decode', /zones preview/],
] as const)('a camera that is %s', async (failure, advice) => {
  const subject = await subjectOn('Raspberry Pi 4', withPorch);
  const answer = { failure, message: 'words of the camera' };
  const [finding] = judgeCameras([{ camera: 'door', key: 'source', scheme: 'rtsp', answer }], subject);
  expect(finding).toMatchObject({ id: 'cameras.door', severity: 'error', seen: 'door: words of the camera' });
  expect(finding!.advice).toMatch(advice);
});

describe('the broker', () => {
  const facts = { isLocal: true, hasMosquitto: false, certificates: [] };
  const failing = (kind: string, message: string) => ({ first: { failure: { kind, message } } }) as never;
  test.each([
    [
      'credentials',
      false,
      'expected a user and password that the broker accepts for mqtt.username porch at mqtt://b:1883/, received Not authorized',
      /mosquitto_passwd/,
    ],
    [
      'unreachable',
      false,
      'expected a broker for mqtt.url mqtt://127.0.0.1:1883, received a refusal: nothing listens there',
      /apt-get install -y mosquitto/,
    ],
    [
      'unreachable',
      true,
      'expected a broker for mqtt.url mqtt://127.0.0.1:1883, received a refusal: nothing listens there',
      /systemctl start mosquitto/,
    ],
    [
      'tls',
      false,
      'expected a trusted certificate for mqtt.tls at mqtts://b:8883, received expired',
      /clock/,
    ],
  ])('%s, Mosquitto here: %s', async (kind, hasMosquitto, message, advice) => {
    const subject = await subjectOn('Raspberry Pi 4', withPorch);
    const [finding] = judgeBroker(
      { ...facts, hasMosquitto, ...(failing(kind, message) as object) },
      0,
      subject,
    );
    expect(finding).toMatchObject({ id: 'messages.broker', severity: 'error' });
    expect(finding!.seen).not.toContain('expected');
    expect(finding!.advice).toMatch(advice);
  });

  test('accepted; certificates that end; another agent of the name', async () => {
    const subject = await subjectOn('Raspberry Pi 4', withPorch);
    const first = { protocol: '5' as const, limits: { receiveMaximum: 20 }, retained: '{"state":"online"}' };
    const day = 86_400_000;
    const certificates = [
      { file: '/ca.pem', validToMs: 100 * day },
      { file: '/soon.pem', validToMs: 10 * day },
      { file: '/old.pem', validToMs: -day },
    ];
    expect(verdicts(judgeBroker({ ...facts, first, certificates }, 0, subject))).toEqual([
      'ok messages.broker',
      'note messages.online',
      'warning messages.certificate',
      'error messages.certificate',
    ]);
    const service = { ...subject, service: runningService };
    expect(verdicts(judgeBroker({ ...facts, first }, 0, service))).toEqual(['ok messages.broker']);
    const refused = { protocol: '5' as const, limits: {}, refusal: 'Not authorized' };
    expect(verdicts(judgeBroker({ ...facts, first: refused }, 0, service))[1]).toBe(
      'warning messages.permission',
    );
  });
});

describe('disks', () => {
  const folder: FolderFacts = {
    use: 'state',
    path: '/s',
    nearest: '/s',
    exists: true,
    isWritable: true,
    mountPoint: '/',
    isReadOnly: false,
    freeBytes: 20e9,
    totalBytes: 30e9,
    freeFiles: 1e6,
  };
  const service = {
    service: runningService,
    fileIs: 'of the service' as const,
    file: '/etc/cspcam/cspcam.yaml',
  };
  test.each([
    ['room enough', {}, 'ok', undefined],
    ['full', { freeBytes: 0 }, 'warning', /^du /],
    ['full, of sockets', { use: 'tmp' as const, freeBytes: 0 }, 'error', /^du /],
    ['little', { freeBytes: 5e6 }, 'warning', /^du /],
    ['no inodes', { freeFiles: 3 }, 'warning', /^df -i/],
    ['read-only', { isReadOnly: true, mountPoint: '/data' }, 'warning', /mount -o remount,rw \/data/],
    ['no answer', { freeBytes: undefined }, 'warning', /^df /],
    ['not ours', { isWritable: false }, 'warning', undefined],
    ['a smaller share', { freeBytes: 0.9e9, totalBytes: 64e9 }, 'note', /^du /],
  ])('%s', (_name, different, severity, advice) => {
    const [finding] = judgeDisks({ folders: [{ ...folder, ...different } as FolderFacts], wear: [] }, vm);
    expect(finding!.severity).toBe(severity);
    if (advice !== undefined) expect(finding!.advice).toMatch(advice);
  });

  test('folders are made with their owner, but for those that systemd makes', async () => {
    const absent = { ...folder, exists: false, isWritable: false, nearest: '/' };
    expect(judgeDisks({ folders: [absent], wear: [] }, vm)[0]!.remedy).toEqual({
      run: ['install', '-d', '-o', 'pi', '-g', 'pi', '-m', '0750', '/s'],
      asRoot: true,
    });
    const [made] = judgeDisks({ folders: [absent], wear: [] }, await subjectOn('Raspberry Pi 4', service));
    expect(made!.severity).toBe('ok');
  });

  test('a card tells its wear', () => {
    const wear = [
      { device: 'mmcblk0', usedTenths: 2 },
      { device: 'mmcblk1', usedTenths: 9 },
      { device: 'mmcblk2', usedTenths: 11 },
    ];
    expect(judgeDisks({ folders: [], wear }, vm).map(({ severity }) => severity)).toEqual([
      'ok',
      'warning',
      'warning',
    ]);
  });
});

describe('the service', () => {
  const state = (given: object): ServiceFacts => ({
    ...runningService,
    state: { ...runningService.state, ...given },
  });
  test.each([
    ['none', undefined, ['note service.unit']],
    ['runs', runningService, ['ok service.unit', 'ok service.version']],
    [
      'failed',
      state({ ActiveState: 'failed', Result: 'exit-code', ExecMainStatus: '2' }),
      ['error service.unit', 'ok service.version'],
    ],
    [
      'ends again and again',
      state({ ActiveState: 'activating', SubState: 'auto-restart', Result: 'exit-code', NRestarts: '4711' }),
      ['error service.unit', 'ok service.version'],
    ],
    [
      'reads its configuration anew',
      state({ ActiveState: 'reloading' }),
      ['ok service.unit', 'ok service.version'],
    ],
    [
      'stands still',
      state({ ActiveState: 'inactive', UnitFileState: 'disabled' }),
      ['note service.unit', 'ok service.version'],
    ],
    [
      'does not start with the machine',
      state({ UnitFileState: 'disabled' }),
      ['note service.unit', 'ok service.version'],
    ],
    [
      'has changed',
      state({ NeedDaemonReload: 'yes' }),
      ['ok service.unit', 'warning service.reload', 'ok service.version'],
    ],
    [
      'another version',
      { ...runningService, programVersion: '0.0.9' },
      ['ok service.unit', 'note service.version'],
    ],
    [
      'another package',
      { ...runningService, packageVersion: '0.2.0-1' },
      ['ok service.unit', 'note service.version'],
    ],
    [
      'no program',
      { ...runningService, programVersion: undefined } as never,
      ['ok service.unit', 'warning service.version'],
    ],
    [
      'a unit of the installer over that of the package',
      {
        ...runningService,
        unitFiles: ['/etc/systemd/system/cspcam.service', '/usr/lib/systemd/system/cspcam.service'],
      },
      ['ok service.unit', 'ok service.version', 'warning service.override'],
    ],
    [
      'a drop-in from before',
      {
        ...runningService,
        dropIns: [
          { file: '/etc/systemd/system/cspcam.service.d/old.conf', keys: ['ExecStart', 'MemoryMax'] },
        ],
      },
      ['ok service.unit', 'ok service.version', 'note service.drop-in.old'],
    ],
    [
      'the installer of a checkout',
      {
        ...runningService,
        unitFiles: ['/etc/systemd/system/cspcam.service'],
        dropIns: [
          { file: '/etc/systemd/system/cspcam.service.d/10-supervision.conf', keys: ['User', 'WatchdogSec'] },
        ],
      },
      ['ok service.unit', 'ok service.version'],
    ],
    [
      'what it left behind when the package came',
      {
        ...runningService,
        dropIns: [
          { file: '/etc/systemd/system/cspcam.service.d/10-supervision.conf', keys: ['User', 'WatchdogSec'] },
        ],
      },
      ['ok service.unit', 'ok service.version', 'note service.drop-in.10-supervision'],
    ],
    [
      'a drop-in with limits alone',
      {
        ...runningService,
        dropIns: [{ file: '/etc/systemd/system/cspcam.service.d/limits.conf', keys: ['MemoryMax'] }],
      },
      ['ok service.unit', 'ok service.version'],
    ],
    [
      'a package without a unit',
      { ...runningService, unitFiles: [] },
      ['error service.unit', 'ok service.version'],
    ],
    [
      'no systemd',
      { ...runningService, isBooted: false, state: {} },
      ['note service.unit', 'ok service.version'],
    ],
  ])('%s', (_name, facts, found) => {
    expect(verdicts(judgeService(facts, '0.1.0', vm))).toEqual(found);
  });

  test.each([
    ['free', {}, 'ok'],
    ['the agent has it', { failure: 'in use', holder: { pid: 7, program: 'node', isAgent: true } }, 'ok'],
    ['another has it', { failure: 'in use', holder: { pid: 7, program: 'nginx', isAgent: false } }, 'error'],
    ['nobody knows who', { failure: 'expected a free address' }, 'error'],
  ])('a port: %s', async (_name, given, severity) => {
    const subject = await subjectOn('Raspberry Pi 4', withPorch);
    const port = { key: 'mqtt.embeddedBroker' as const, host: '127.0.0.1', port: 1883, ...given };
    expect(judgePorts([port], subject)[0]!.severity).toBe(severity);
    if (severity === 'error')
      for (const key of ['stats.prometheus', 'page'] as const)
        expect(judgePorts([{ ...port, key }], subject)[0]!.severity).toBe('warning');
  });
});
