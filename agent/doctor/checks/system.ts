// Kernel, C library, Node, processor and configuration -> findings. Pure.

import { chooseForm } from '../../../models/quantize/forms/registry.js';
import type { SystemFacts } from '../facts/system.js';
import { error, type Finding, note, ok, warning } from '../finding.js';
import type { Subject } from '../subject.js';

/** JetPack 4, the oldest that anything here was made for. */
const LEAST_KERNEL = '4.9';
const LEAST_GLIBC = '2.27';
const LEAST_NODE = '20.19';
/** Versions of Node that get corrections, in November 2026: long-term ones alone. */
const KEPT_NODES = [22, 24];

export function judgeSystem(facts: SystemFacts, subject: Subject): Finding[] {
  return [judgeKernel(facts, subject), judgeNode(facts), judgeProcessor(subject), judgeProfile(subject)];
}

function judgeKernel({ kernel, glibc }: SystemFacts, { distribution }: Subject): Finding {
  const id = 'system.distribution';
  const seen = `${distribution.name}, kernel ${kernel}, ${glibc === undefined ? 'another C library than glibc' : `glibc ${glibc}`}`;
  const expected = `kernel ${LEAST_KERNEL} and glibc ${LEAST_GLIBC}, or newer ones`;
  if (glibc === undefined || isBefore(glibc, LEAST_GLIBC) || isBefore(kernel, LEAST_KERNEL))
    return error(id, seen, expected, 'use Debian 12, Ubuntu 22.04, or newer ones');
  if (!distribution.hasApt)
    return note(
      id,
      seen,
      'Debian, Ubuntu, Raspberry Pi OS or JetPack',
      'packages are named as in Debian below: look for those of your distribution',
    );
  return ok(id, seen);
}

function judgeNode({ node }: SystemFacts): Finding {
  const id = 'system.node';
  const seen = `Node ${node}`;
  if (isBefore(node, LEAST_NODE))
    return error(id, seen, `Node ${LEAST_NODE} or later`, 'install Node 24 (nodejs.org/en/download)');
  const major = Number(node.split('.')[0]);
  if (!KEPT_NODES.includes(major) && major < Math.max(...KEPT_NODES))
    return note(
      id,
      `${seen}, which gets no corrections any more`,
      `Node ${KEPT_NODES.join(' or ')}`,
      'install Node 24 (nodejs.org/en/download)',
    );
  return ok(id, seen);
}

function judgeProcessor({ machine, features }: Subject): Finding {
  const id = 'system.processor';
  const { architecture, model, flags } = features;
  if (architecture !== 'x64' && architecture !== 'arm64')
    return error(id, architecture, 'x64 or arm64', 'use another machine: nothing here was made for it');
  const form = chooseForm('cpu', features);
  const cores = machine === undefined ? '' : `${machine.limits.cores} cores, `;
  const seen = `${model || architecture}, ${cores}${form.isFaster ? `int8 with ${NAMES[form.name] ?? form.name}` : 'no instructions that make int8 faster'}`;
  if (architecture === 'x64' && !flags.has('avx2'))
    return warning(
      id,
      `${seen}, without AVX2`,
      'AVX2, or networks take four times as long',
      'take a small network: cspcam plan shows which keeps up; in a virtual machine, pass the processor through (cpu=host)',
    );
  return ok(id, seen);
}

const NAMES: Readonly<Record<string, string>> = {
  amx: 'AMX',
  vnni: 'VNNI',
  avx512: 'AVX-512',
  avx2: 'AVX2',
  'dot-product': 'the dot product of Arm',
};

function judgeProfile({ machine, program }: Subject): Finding {
  const id = 'system.profile';
  if (machine === undefined)
    return note(id, 'no device profile fits', undefined, `${program} profiles list shows what is known`);
  const { limits, because, measured } = machine;
  const measure = measured === undefined && limits.profile.detect.architecture !== undefined;
  const seen = `${limits.profile.name}: ${because}`;
  return measure
    ? note(id, seen, 'measured figures, for plans that can be believed', `${program} profiles measure`)
    : ok(id, seen);
}

/** What `--config` says, or that there is none. */
export function judgeConfig(_facts: undefined, subject: Subject): Finding[] {
  const { file, fileIs, configError, config, program, sudo, service } = subject;
  const id = 'system.config';
  if (file === undefined)
    return [
      note(
        id,
        'no configuration: no --config, no service, no cspcam.yaml here',
        'one, to look at cameras and broker',
        `${program} config init cspcam.yaml`,
      ),
    ];
  if (config === undefined) {
    const isHidden = /no permission to read it/.test(configError ?? '') && sudo !== '';
    const todo = isHidden ? `${sudo}${program} doctor` : `${program} config validate ${file}`;
    return [error(id, configError ?? file, `a configuration that is valid (${fileIs})`, todo)];
  }
  const cameras = Object.values(config.cameras).filter(({ enabled }) => enabled).length;
  const whose = fileIs === 'of the service' ? `, of the service, as user ${service?.user}` : '';
  return [ok(id, `${file}${whose}: device ${config.device}, ${cameras} camera${cameras === 1 ? '' : 's'}`)];
}

/** `4.9` before `4.10`, and before `4.9.337-tegra` not. */
export function isBefore(version: string, least: string): boolean {
  const [have, want] = [version, least].map((text) => text.split(/[.+-]/).map(Number));
  for (const [i, wanted] of want!.entries()) {
    const had = have![i] || 0;
    if (had !== wanted) return had < wanted;
  }
  return false;
}
