// A board and what is different about it -> what the doctor's checks are told of the machine, invented.

import type { Config } from '../../agent/config/schema.js';
import { readFacts } from '../../agent/device/facts.js';
import { chooseMachine } from '../../agent/device/this-machine.js';
import type { ServiceFacts } from '../../agent/doctor/facts/service.js';
import type { Finding } from '../../agent/doctor/finding.js';
import type { Subject } from '../../agent/doctor/subject.js';
import { boards, rootWith } from './boards.js';

/** Debian 12, user pi in group video, without sudo's rights, no configuration. */
export async function subjectOn(board: keyof typeof boards, given: Partial<Subject> = {}): Promise<Subject> {
  const root = rootWith(boards[board]);
  const [machine, facts] = await Promise.all([chooseMachine({ root }), readFacts(root)]);
  return {
    distribution: { name: 'Debian GNU/Linux 12 (bookworm)', hasApt: true },
    who: { user: 'pi', uid: 1000, gids: [1000, 44], groups: ['pi', 'video'], home: '/home/pi', isSelf: true },
    sudo: 'sudo ',
    program: 'cspcam',
    clip: '/opt/cspcam/agent/demo/street.mp4',
    fileIs: 'none',
    folders: { state: '/s', cache: '/c', outbox: '/s/outbox', tmp: '/tmp' },
    machine,
    features: { architecture: facts.architecture!, model: facts.cpuModel ?? '', flags: facts.flags },
    ...given,
  };
}

/** What checks look at of a configuration. */
export const porch = {
  device: 'porch',
  mqtt: { url: 'mqtt://broker.local:1883', base: 'cspcam', outbox: { maxMegabytes: 16 } },
  cameras: { door: { enabled: true } },
  inference: { provider: 'cpu' },
} as unknown as Config;

export const withPorch: Pick<Subject, 'config' | 'file' | 'fileIs'> = {
  config: porch,
  file: 'cspcam.yaml',
  fileIs: 'given',
};

export const runningService: ServiceFacts = {
  isBooted: true,
  unitFiles: ['/usr/lib/systemd/system/cspcam.service'],
  state: { ActiveState: 'active', SubState: 'running', UnitFileState: 'enabled', NRestarts: '0' },
  dropIns: [],
  user: 'cspcam',
  groups: ['video'],
  command: ['/usr/lib/cspcam/node', '/usr/lib/cspcam/dist/agent/cli/main.js', 'run'],
  programVersion: '0.1.0',
  packageVersion: '0.1.0-1',
  environmentFiles: [],
};

/** As a row of a table: severity and id. */
export function verdicts(findings: readonly Finding[]): string[] {
  return findings.map(({ severity, id }) => `${severity} ${id}`);
}
