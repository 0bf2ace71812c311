// Findings -> steps that mend them, and the commands to type next; a real shell reads them as they are meant.

import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { error, note, ok, warning } from '../../../agent/doctor/finding.js';
import { nextCommands } from '../../../agent/doctor/next.js';
import { remedyText, stepsFor, stepText } from '../../../agent/doctor/remedies.js';
import { reportOf } from '../../../agent/doctor/report.js';
import { runningService, subjectOn, withPorch } from '../../support/doctor-subject.js';

const SUBSCRIBING =
  "mosquitto_sub -v -h broker.local -t 'cspcam/#' -T cspcam/+/camera/+/snapshot -T cspcam/+/camera/+/crop";

const group = { run: ['usermod', '-aG', 'video', 'pi'], asRoot: true } as const;

test('packages are installed together and first, equal commands once', () => {
  const steps = stepsFor([
    error('a', 's', 'e', group),
    error('b', 's', 'e', { install: ['gstreamer1.0-libav'] }),
    warning('c', 's', 'e', 'a sentence'),
    error('d', 's', 'e', group),
    error('e', 's', 'e', { install: ['gstreamer1.0-plugins-bad', 'gstreamer1.0-libav'] }),
    ok('f', 's'),
  ]);
  expect(steps.map((step) => [stepText(step, 'sudo '), step.mends])).toEqual([
    ['sudo apt-get update', ['b', 'e']],
    [
      'sudo apt-get install -y --no-install-recommends gstreamer1.0-libav gstreamer1.0-plugins-bad',
      ['b', 'e'],
    ],
    ['sudo usermod -aG video pi', ['a', 'd']],
  ]);
  expect(stepsFor([ok('f', 's')])).toEqual([]);
});

test.each([
  [['/var/lib/cspcam/porch']],
  [["/home/o'neil/my cache", '$HOME', '*', '', 'a;b', '`id`', '"', '-x', 'é']],
])('a shell reads %j as it is', (words) => {
  const text = remedyText({ run: ['printf', '%s\\n', ...words] as never, asRoot: false }, 'sudo ');
  expect(execFileSync('sh', ['-c', text], { encoding: 'utf8' })).toBe(
    words.map((word) => `${word}\n`).join(''),
  );
});

describe('next', () => {
  const mendable = error('video.h264', 's', 'e', { install: ['gstreamer1.0-libav'] });
  const service = { ...withPorch, fileIs: 'of the service' as const, service: runningService };
  const stopped = { ...runningService, state: { ActiveState: 'inactive' } };
  test.each([
    ['packages are missing', [mendable], {}, ['sudo cspcam doctor --fix']],
    ['and there is a file', [mendable], withPorch, ['sudo cspcam doctor --config cspcam.yaml --fix']],
    ['the model is broken', [error('model.files', 's', 'e', 'a')], {}, ['cspcam doctor']],
    [
      'nothing is there',
      [note('system.config', 's')],
      {},
      ['cspcam setup', 'cspcam config init cspcam.yaml', 'cspcam doctor --config cspcam.yaml', 'cspcam demo'],
    ],
    [
      'the file is invalid',
      [error('system.config', 's', 'e', 'cspcam config validate x.yaml')],
      { file: 'x.yaml', fileIs: 'given' as const },
      ['cspcam config validate x.yaml', 'cspcam doctor --config x.yaml'],
    ],
    [
      'a camera is away',
      [error('cameras.door', 's', 'e', 'a')],
      withPorch,
      ['cspcam doctor --config cspcam.yaml'],
    ],
    ['all is well', [ok('a', 's')], withPorch, ['cspcam run --config cspcam.yaml', SUBSCRIBING]],
    [
      'warnings alone do not stop it',
      [warning('disk.state', 's', 'e', 'a')],
      withPorch,
      ['cspcam run --config cspcam.yaml', SUBSCRIBING],
    ],
    [
      'a checkout',
      [],
      { ...withPorch, installer: './scripts/install' },
      ['cspcam run --config cspcam.yaml', SUBSCRIBING, 'sudo ./scripts/install'],
    ],
    ['the service runs', [], service, ['journalctl -u cspcam -f']],
    [
      'the service stands still',
      [],
      { ...service, service: stopped },
      ['sudo systemctl enable --now cspcam'],
    ],
  ])('%s', async (_name, findings, given, commands) => {
    const next = nextCommands(findings, await subjectOn('Raspberry Pi 4', given));
    expect(next.map(({ command }) => command)).toEqual(commands);
  });

  const ca = '/home/pi/my certificates/ca.pem';
  test.each([
    [{ url: 'mqtt://broker.local:1884' }, '-h broker.local -p 1884'],
    [{ url: 'mqtt://[::1]:1883' }, '-h ::1'],
    [{ url: 'mqtt://por%20ch:hunter2!@broker.local' }, "-h broker.local -u 'por ch' -P PASSWORD"],
    [
      { url: 'mqtts://broker.local', username: 'porch', password: 'hunter2!' },
      '-h broker.local -p 8883 --tls-use-os-certs -u porch -P PASSWORD',
    ],
    [
      { url: 'mqtts://broker.local:1883', tls: { ca, rejectUnauthorized: true } },
      `-h broker.local -p 1883 --cafile '${ca}'`,
    ],
    [
      { url: 'mqtts://broker.local:8884', tls: { ca: '/ca', cert: '/c', key: '/k' } },
      '-h broker.local -p 8884 --cafile /ca --cert /c --key /k',
    ],
  ])('a subscriber reaches the broker as the agent does, its password is nowhere: %j', async (mqtt, to) => {
    expect(await subscribing({ ...mqtt, base: 'site/a' })).toBe(
      `mosquitto_sub -v ${to} -t 'site/a/#' -T site/a/+/camera/+/snapshot -T site/a/+/camera/+/crop`,
    );
  });

  test.each([
    { url: 'ws://broker.local' },
    { url: 'wss://porch:hunter2!@broker.local:8084/mqtt' },
    { url: 'mqtts://broker.local', tls: { rejectUnauthorized: false } },
  ])('no subscriber where mosquitto_sub cannot follow: %j', async (mqtt) => {
    expect(await subscribing({ ...mqtt, base: 'cspcam' })).toBeUndefined();
  });

  const subscribing = async (mqtt: object) => {
    const config = { ...withPorch.config!, mqtt: { ...mqtt, outbox: {} } } as never;
    const commands = nextCommands([], await subjectOn('Raspberry Pi 4', { ...withPorch, config }));
    expect(commands[0]!.command).toBe('cspcam run --config cspcam.yaml');
    return commands[1]?.command;
  };
});

test('the worst decides; what root does begins with sudo where that is needed', async () => {
  const findings = [ok('a', 's'), warning('b', 's', 'e', group), note('c', 's')];
  const subject = await subjectOn('Raspberry Pi 4');
  const report = reportOf([{ group: 'system', findings }], subject, new Date(0));
  expect(report).toMatchObject({
    worst: 'warning',
    config: null,
    user: 'pi',
    examinedAt: '1970-01-01T00:00:00.000Z',
  });
  expect(report.findings.map(({ advice, fixable }) => [advice, fixable])).toEqual([
    [null, false],
    ['sudo usermod -aG video pi', true],
    [null, false],
  ]);
  const root = reportOf([{ group: 'system', findings }], { ...subject, sudo: '' });
  expect(root.findings[1]!.advice).toBe('usermod -aG video pi');
  expect(reportOf([], subject).worst).toBe('ok');
});
