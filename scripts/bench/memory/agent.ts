// A number of cameras -> an agent as a service runs it, and the mappings of its processes once it has worked for a while.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stringify } from 'yaml';
import { expected } from '#common/errors.js';
import { packageFile } from '#common/package.js';
import { aloneBytes, type ByKind, byKind, type Mapping, parseSmaps } from './smaps.js';
import { unitMemory } from './unit-memory.js';

export interface AgentSetting {
  /** Of a broker. */
  readonly url: string;
  readonly folder: string;
  /** Of every camera. */
  readonly source: string;
  readonly cameras: number;
  readonly seconds: number;
  /** Of the command line; default this build's. */
  readonly program?: string | undefined;
}

/** Of the look with the median total. */
export interface AgentMemory {
  readonly cameras: number;
  readonly pssBytes: number;
  /** Where nothing else runs that maps the same files. */
  readonly aloneBytes: number;
  readonly daemon: ByKind;
  readonly captures: readonly ByKind[];
}

const LONGEST_START_MS = 120_000;
const POLL_MS = 100;
const LOOKS = 5;
const LOOK_EVERY_MS = 2000;

/** @throws CspcamError where it does not start */
export async function measureAgent(setting: AgentSetting): Promise<AgentMemory> {
  const agent = await start(setting);
  try {
    const captures = await capturesOf(agent, setting.cameras);
    await wait(1000 * setting.seconds);
    const looks: AgentMemory[] = [];
    for (let look = 0; look < LOOKS; look++) {
      looks.push(memoryOf(await Promise.all([agent.pid!, ...captures].map(mappingsOf))));
      await wait(LOOK_EVERY_MS);
    }
    return looks.toSorted((a, b) => a.pssBytes - b.pssBytes)[LOOKS >> 1]!;
  } finally {
    agent.kill();
    if (agent.exitCode === null) await once(agent, 'exit');
  }
}

async function start({ url, folder, source, cameras, program }: AgentSetting): Promise<ChildProcess> {
  const ids = Array.from({ length: cameras }, (_, i) => `camera-${i + 1}`);
  const config = {
    device: 'memory',
    log: { level: 'warn' },
    mqtt: { url, outbox: { directory: join(folder, 'outbox') } },
    cameras: Object.fromEntries(ids.map((id) => [id, { source, loop: true }])),
  };
  const file = join(folder, 'cspcam.yaml');
  await writeFile(file, stringify(config));
  // The roots of a company, which Node parses at each start, are the machine's own.
  const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;
  return spawn(program ?? packageFile('dist/agent/cli/main.js'), ['run', '--config', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...unitMemory, ...environment, XDG_CACHE_HOME: join(folder, 'cache') },
  });
}

/** Ids of the capture processes, once there is one for each camera. */
async function capturesOf(agent: ChildProcess, cameras: number): Promise<string[]> {
  const started = performance.now();
  while (performance.now() - started < LONGEST_START_MS && agent.exitCode === null) {
    const children = await textOf(`${agent.pid}/task/${agent.pid}/children`);
    const programs = await Promise.all(
      children
        .split(' ')
        .filter(Boolean)
        .map(async (pid) => ({ pid, command: await textOf(`${pid}/cmdline`) })),
    );
    const captures = programs.filter(({ command }) => /camera-\d+\0$/.test(command));
    if (captures.length === cameras) return captures.map(({ pid }) => pid);
    await wait(POLL_MS);
  }
  throw expected(`${cameras} capture processes`, 'the agent', agent.exitCode ?? 'fewer');
}

const textOf = (path: string) => readFile(`/proc/${path}`, 'utf8').catch(() => '');

async function mappingsOf(pid: number | string): Promise<Mapping[]> {
  const text = await readFile(`/proc/${pid}/smaps`, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw expected('cameras that run on while they are measured', `process ${pid}`, error.code, error);
  });
  return parseSmaps(text);
}

function memoryOf(processes: readonly (readonly Mapping[])[]): AgentMemory {
  const [daemon, ...captures] = processes.map(byKind);
  const pssBytes = processes.flat().reduce((sum, mapping) => sum + mapping.pssBytes, 0);
  return {
    cameras: captures.length,
    pssBytes,
    aloneBytes: aloneBytes(processes),
    daemon: daemon!,
    captures,
  };
}
