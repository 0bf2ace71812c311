// cspcam profiles list | show | measure

import type { Command } from 'commander';
import { readCpuFeatures } from '#common/cpu-features.js';
import { THIN_NETWORK } from '../../models/cost/slowness.js';
import { chooseForm } from '../../models/quantize/forms/registry.js';
import { detectProfile } from '../device/detect-profile.js';
import { readFacts } from '../device/facts.js';
import { type Limits, limitsOf } from '../device/limits.js';
import { measureMachine, measureSteps } from '../device/measure.js';
import { fingerprint, type Measured, measuredFilePath, writeMeasured } from '../device/measured.js';
import type { DeviceProfile } from '../device/profile.js';
import { findProfile, readProfiles } from '../device/profiles.js';
import { chooseMachine } from '../device/this-machine.js';
import { act, actInOrder, newCommand } from './command.js';
import { print, table } from './models/text.js';
import { wholeNumber } from './numbers.js';
import { showProgress } from './progress.js';

export function profilesCommand(): Command {
  const profiles = newCommand('profiles', {
    summary: 'what is known of devices, and of this one',
    examples: ['cspcam profiles list', 'cspcam profiles show jetson-tx2', 'cspcam profiles measure'],
  });
  profiles.addCommand(
    newCommand('list', {
      summary: 'every profile, and which one this machine has and why',
      examples: ['cspcam profiles list', 'cspcam profiles list --json'],
    })
      .option('--json', 'print as JSON')
      .action(act(list)),
  );
  profiles.addCommand(
    newCommand('show', {
      summary: 'the figures of a profile, or of this machine at its live clocks',
      examples: ['cspcam profiles show', 'cspcam profiles show raspberry-pi-5 --json'],
    })
      .argument('[name or file]', 'default: this machine')
      .option('--json', 'print as JSON, with the source of every figure')
      .action(act(show)),
  );
  profiles.addCommand(
    newCommand('measure', {
      summary: 'find what networks and memory of this machine reach, in under a minute, and keep it',
      examples: ['cspcam profiles measure', 'sudo STATE_DIRECTORY=/var/lib/cspcam cspcam profiles measure'],
    })
      .option('--threads <number>', 'up to this many; default: all cores', wholeNumber)
      .option('--json', 'print as JSON')
      .action(actInOrder(runMeasure, { isPatient: true })),
  );
  return profiles;
}

async function list({ json }: { json?: true }): Promise<void> {
  const [profiles, facts] = await Promise.all([readProfiles(), readFacts()]);
  const detected = detectProfile(facts, profiles);
  const isThis = (profile: DeviceProfile) => profile.name === detected?.profile.name;
  if (json) {
    const rows = profiles.map((profile) => ({
      name: profile.name,
      title: profile.title,
      thisMachine: isThis(profile),
      ...(isThis(profile) && { because: detected!.because }),
    }));
    return print(JSON.stringify(rows, undefined, 2));
  }
  const rows = profiles.map((profile) => [
    isThis(profile) ? '*' : '',
    profile.name,
    profile.memory.theoreticalGBs.value.toString(),
    gflops(profile.cpu.peakGops.fp32?.value),
    gflops(profile.gpu?.peakGops.fp16?.value),
    profile.title,
  ]);
  print(table([['', 'profile', 'GB/s', 'CPU fp32 GFLOPS', 'GPU fp16 GFLOPS', 'device'], ...rows]));
  print(detected === undefined ? '\nthis machine: no profile fits' : `\n* this machine: ${detected.because}`);
}

async function show(wanted: string | undefined, { json }: { json?: true }): Promise<void> {
  if (wanted !== undefined) {
    const profile = await findProfile(wanted, await readProfiles(), '[name or file]');
    return print(json ? JSON.stringify(profile, undefined, 2) : figures(limitsOf(profile)));
  }
  const { limits, because, measured } = await chooseMachine();
  if (json) {
    const { profile, ...live } = limits;
    return print(JSON.stringify({ profile, because, live, ...(measured && { measured }) }, undefined, 2));
  }
  print(
    [figures(limits), `because: ${because}`, ...(measured ? ['', measuredTable(measured)] : [])].join('\n'),
  );
}

async function runMeasure(
  { threads, json }: { threads?: number; json?: true },
  signal: AbortSignal,
): Promise<void> {
  const facts = await readFacts();
  const { limits } = await chooseMachine();
  const { form } = chooseForm('cpu', await readCpuFeatures());
  const upTo = Math.min(threads ?? limits.cores, limits.cores);
  const progress = showProgress('measuring', measureSteps(upTo));
  try {
    const found = await measureMachine({
      upTo,
      form,
      cacheBytes: limits.profile.cpu.cacheMB.value * 1e6,
      memoryBytes: limits.memoryGB * 1e9,
      onStep: () => progress.advance(),
      signal,
    });
    const measured: Measured = {
      version: 2,
      measuredAt: new Date().toISOString(),
      machine: fingerprint(facts),
      int8Form: form.name,
      threads: found,
    };
    await writeMeasured(measured);
    print(
      json
        ? JSON.stringify(measured, undefined, 2)
        : `${measuredTable(measured)}\nkept in ${measuredFilePath()}`,
    );
  } finally {
    progress.end();
  }
}

function figures(limits: Limits): string {
  const { profile, theoreticalGBs, usableGBs, cpuGops, gpuGops, memoryGB, cores, remarks } = limits;
  const { cpu, gpu, inference, capture, powerModes } = profile;
  const peaks = (of: Limits['cpuGops']) =>
    Object.entries(of)
      .map(([precision, gops]) => `${precision} ${Math.round(gops)}`)
      .join(', ');
  const rows = [
    ['profile', `${profile.name}, ${profile.title}`],
    [
      'memory',
      `${memoryGB.toFixed(1)} GB, ${theoreticalGBs.toFixed(1)} GB/s, ${usableGBs.toFixed(1)} of it usable`,
    ],
    [
      'CPU',
      `${cores} cores, ${cpu.isa.join(' ')}, ${cpu.cacheMB.value} MB cache; peak GOPS ${peaks(cpuGops)}`,
    ],
    ...(gpu && gpuGops
      ? [['GPU', `${gpu.cores} cores, sm ${gpu.computeCapability}; peak GOPS ${peaks(gpuGops)}`]]
      : []),
    ...inference.providers.map((provider) => [provider, `${inference.precisions[provider]!.join(', ')}`]),
    ['threads', `${inference.threads}`],
    ['capture', [capture.camera, ...capture.decoders].filter(Boolean).join(', ')],
    ['begin with', `${profile.default.model} at ${profile.default.size}`],
    ...powerModes.map(({ id, name, gpuMHz, memoryMHz }) => [
      `mode ${id}`,
      `${name}: GPU ${gpuMHz} MHz, memory ${memoryMHz} MHz`,
    ]),
    ...remarks.map((remark) => ['now', remark]),
    ...profile.notes.map((note) => ['note', note]),
  ];
  return table(rows);
}

function measuredTable({ threads, measuredAt, int8Form }: Measured): string {
  const rows = threads.map(({ threads, fp32Gops, int8Gops, bandwidthGBs, depthwise, thinMs }) => [
    `${threads}`,
    ...[fp32Gops, int8Gops, bandwidthGBs, depthwise.fp32Gops, depthwise.int8Gops].map((one) =>
      one.toFixed(1),
    ),
    ...[thinMs.fp32, thinMs.int8].map((one) => one.toFixed(2)),
  ]);
  const columns = ['threads', 'fp32 GFLOPS', 'int8 GOPS', 'GB/s', 'depthwise fp32', 'int8'];
  const { network, size } = THIN_NETWORK;
  return [
    `measured ${measuredAt}, int8 in the form ${int8Form}`,
    table([[...columns, `${network} ${size}, fp32 ms`, 'int8 ms'], ...rows]),
  ].join('\n');
}

function gflops(value: number | undefined): string {
  return value === undefined ? '-' : `${Math.round(value)}`;
}
