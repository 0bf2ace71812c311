// Invented machines (TX2, Pi, bare virtual machine) -> what the doctor says of kernel, processor, memory, clock, power.

import { describe, expect, test } from 'vitest';
import type { Sensors } from '../../../agent/bench/sensors.js';
import { judgeClock } from '../../../agent/doctor/checks/clock.js';
import { judgeMemory } from '../../../agent/doctor/checks/memory.js';
import { judgePower } from '../../../agent/doctor/checks/power.js';
import { isBefore, judgeConfig, judgeSystem } from '../../../agent/doctor/checks/system.js';
import type { ClockFacts } from '../../../agent/doctor/facts/clock.js';
import type { PowerFacts } from '../../../agent/doctor/facts/power.js';
import { runningService, subjectOn, verdicts, withPorch } from '../../support/doctor-subject.js';

test.each([
  ['4.9', '4.10', true],
  ['4.9.337-tegra', '4.9', false],
  ['2.27', '2.27', false],
  ['2.3', '2.27', true],
  ['20.19.0', '20.19', false],
  ['6.1.0-18-amd64', '4.9', false],
])('%s before %s: %s', (version, least, before) => {
  expect(isBefore(version, least)).toBe(before);
});

const debian12 = { kernel: '6.1.0-18-amd64', glibc: '2.36', node: '24.1.0' };
const jetpack4 = { kernel: '4.9.337-tegra', glibc: '2.27', node: '20.20.2' };

test.each([
  {
    board: 'a virtual machine with AVX-512' as const,
    facts: debian12,
    found: ['ok system.distribution', 'ok system.node', 'ok system.processor', 'note system.profile'],
    says: 'int8 with VNNI',
  },
  {
    board: 'Jetson TX2, MAXN' as const,
    facts: jetpack4,
    found: ['ok system.distribution', 'note system.node', 'ok system.processor', 'ok system.profile'],
    says: 'no instructions that make int8 faster',
  },
  {
    board: 'Raspberry Pi 5' as const,
    facts: { ...debian12, node: '22.12.0' },
    found: ['ok system.distribution', 'ok system.node', 'ok system.processor', 'ok system.profile'],
    says: 'int8 with the dot product of Arm',
  },
  {
    board: 'an old PC' as const,
    facts: { kernel: '4.4.0', glibc: '2.23', node: '18.20.0' },
    found: [
      'error system.distribution',
      'error system.node',
      'warning system.processor',
      'note system.profile',
    ],
    says: 'without AVX2',
  },
])('$board', async ({ board, facts, found, says }) => {
  const findings = judgeSystem(facts, await subjectOn(board));
  expect(verdicts(findings)).toEqual(found);
  expect(findings[2]!.seen).toContain(says);
});

test('musl and other distributions are told', async () => {
  const alpine = await subjectOn('N100', { distribution: { name: 'Alpine Linux v3.20', hasApt: false } });
  expect(verdicts(judgeSystem({ kernel: '6.6.0', node: '24.1.0' }, alpine))[0]).toBe(
    'error system.distribution',
  );
  expect(verdicts(judgeSystem(debian12, alpine))[0]).toBe('note system.distribution');
});

describe('the configuration', () => {
  test.each([
    ['none', {}, 'note', 'cspcam config init cspcam.yaml'],
    ['a valid one', withPorch, 'ok', undefined],
    [
      'an invalid one',
      { file: 'x.yaml', fileIs: 'given' as const, configError: 'x.yaml:1:1: expected a name for device' },
      'error',
      'cspcam config validate x.yaml',
    ],
    [
      'the one of the service, for others not to read',
      {
        file: '/etc/cspcam/cspcam.yaml',
        fileIs: 'of the service' as const,
        configError: '/etc/cspcam/cspcam.yaml: expected a readable file, received no permission to read it',
      },
      'error',
      'sudo cspcam doctor',
    ],
  ])('%s', async (_name, given, severity, advice) => {
    const [finding] = judgeConfig(undefined, await subjectOn('N100', given));
    expect(finding).toMatchObject({ id: 'system.config', severity });
    expect(finding!.advice).toBe(advice);
  });
});

describe('memory', () => {
  const GB = 1e9;
  const facts = { totalBytes: 8 * GB, availableBytes: 6 * GB, swapBytes: 4 * GB, zramBytes: 4 * GB };
  test.each([
    ['a TX2 with zram', facts, 'ok'],
    ['a service held to 300 MB', { ...facts, limitBytes: 0.3 * GB }, 'error'],
    [
      'a Pi with 1 GB',
      { totalBytes: 0.95 * GB, availableBytes: 0.7 * GB, swapBytes: 0, zramBytes: 0 },
      'note',
    ],
    ['others took it', { ...facts, availableBytes: 0.1 * GB }, 'warning'],
    [
      'half a gigabyte',
      { totalBytes: 0.5 * GB, availableBytes: 0.4 * GB, swapBytes: 0, zramBytes: 0 },
      'error',
    ],
  ])('%s', async (_name, memory, severity) => {
    const [finding] = judgeMemory(
      memory,
      { besideMB: 700, networkMB: 30 },
      await subjectOn('Raspberry Pi 4'),
    );
    expect(finding!.severity).toBe(severity);
  });

  test('what the service itself has taken is not missing', async () => {
    const subject = await subjectOn('Raspberry Pi 4', { service: runningService });
    const [finding] = judgeMemory(
      { ...facts, availableBytes: 1e8 },
      { besideMB: 700, networkMB: undefined },
      subject,
    );
    expect(finding!.severity).toBe('ok');
  });
});

describe('the clock', () => {
  const now = Date.UTC(2026, 10, 28);
  const facts: ClockFacts = {
    nowMs: now,
    programMs: now - 30 * 86_400_000,
    isSynchronised: false,
    setters: [],
    hasBatteryClock: true,
    isVirtual: false,
  };
  const ntp = { isOn: false, isPossible: true };
  test.each([
    ['synchronised', { ...facts, isSynchronised: true }, ['ok clock.time'], undefined],
    ['off', { ...facts, setters: ['systemd-timesyncd'], ntp }, ['warning clock.time'], 'timedatectl'],
    ['nothing sets it', facts, ['warning clock.time'], 'systemd-timesyncd'],
    ['on, and not yet', { ...facts, ntp: { ...ntp, isOn: true } }, ['warning clock.time'], undefined],
    [
      'a TX2 in 1970',
      { ...facts, nowMs: 0, hasBatteryClock: false, ntp },
      ['error clock.time', 'note clock.battery'],
      'timedatectl',
    ],
    [
      'a bare virtual machine',
      { ...facts, isVirtual: true, hasBatteryClock: false },
      ['note clock.time'],
      undefined,
    ],
  ])('%s', (_name, clock, found, mending) => {
    const findings = judgeClock(clock);
    expect(verdicts(findings)).toEqual(found);
    const { remedy } = findings[0]!;
    expect(remedy === undefined ? undefined : 'install' in remedy ? remedy.install[0] : remedy.run[0]).toBe(
      mending,
    );
  });
});

describe('power and heat', () => {
  const sensors: Sensors = {
    clockMHz: 2000,
    temperatureC: 50,
    throttleEvents: null,
    heldBack: [],
    tells: true,
  };
  const facts: PowerFacts = { sensors, governor: 'schedutil', firmwareBits: 0 };
  test.each([
    ['a TX2 at full power', 'Jetson TX2, MAXN' as const, { ...facts, powerMode: 0 }, ['ok', 'ok']],
    ['a TX2 in MAXQ', 'Jetson TX2, MAXQ' as const, { ...facts, powerMode: 1 }, ['note', 'ok']],
    [
      'a Pi with a weak supply, now',
      'Raspberry Pi 4' as const,
      { ...facts, firmwareBits: 0x50005, sensors: { ...sensors, heldBack: ['firmware: under-voltage'] } },
      ['ok', 'warning'],
    ],
    [
      'a Pi with a weak supply, earlier',
      'Raspberry Pi 4' as const,
      { ...facts, firmwareBits: 0x50000 },
      ['ok', 'warning'],
    ],
    [
      'a hot box',
      'N100' as const,
      { ...facts, sensors: { ...sensors, temperatureC: 93 } },
      ['ok', 'warning'],
    ],
    [
      'one that was hot',
      'N100' as const,
      { ...facts, sensors: { ...sensors, throttleEvents: 12 } },
      ['ok', 'note'],
    ],
    [
      'a bare virtual machine',
      'a virtual machine with AVX-512' as const,
      {
        sensors: { ...sensors, clockMHz: null, temperatureC: null, tells: false },
        governor: null,
        firmwareBits: 0,
      },
      ['ok', 'ok'],
    ],
  ])('%s', async (_name, board, power, severities) => {
    const findings = judgePower(power, await subjectOn(board));
    expect(findings.map(({ severity }) => severity)).toEqual(severities);
    // Clocks and modes are the owner's.
    expect(findings.flatMap(({ remedy }) => remedy ?? [])).toEqual([]);
  });

  test('the power mode and its clocks are named', async () => {
    const [finding] = judgePower({ ...facts, powerMode: 1 }, await subjectOn('Jetson TX2, MAXQ'));
    expect(finding!.seen).toMatch(/^power mode 1 MAXQ, .*GPU at 850 of 1300 MHz/);
    expect(finding!.advice).toMatch(/^sudo nvpmodel -m 0 /);
  });

  test('bits of the firmware since the start are told by name', async () => {
    const found = judgePower({ ...facts, firmwareBits: 0x50000 }, await subjectOn('Raspberry Pi 4'));
    expect(found[1]!.seen).toContain('under-voltage, throttling;');
  });
});
