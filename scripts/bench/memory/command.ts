// Numbers of cameras -> the memory of a whole agent with as many, and what it is made of.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { writeWhole } from '#common/write-file.js';
import { CLIP } from '../../../agent/bench/picture.js';
import { listOf } from '../../../agent/cli/bench/lists.js';
import { act, newCommand } from '../../../agent/cli/command.js';
import { print } from '../../../agent/cli/models/text.js';
import { positiveNumber, wholeNumber } from '../../../agent/cli/numbers.js';
import { readFacts } from '../../../agent/device/facts.js';
import { startBroker } from '../frame-path/surroundings.js';
import { type AgentMemory, measureAgent } from './agent.js';
import { makeLongClip } from './clip.js';
import { memoryText } from './table.js';

interface Options {
  readonly cameras: readonly number[];
  readonly seconds: number;
  readonly source?: string;
  readonly program?: string;
  readonly json?: string;
}

export function memoryCommand(): Command {
  return newCommand('memory', {
    summary: 'what an agent has in memory with 1, 4 and 16 cameras of 720p (Linux, mosquitto, ffmpeg)',
    examples: [
      'npm run bench -- memory',
      'npm run bench -- memory --cameras 1,2 --json memory.json',
      'npm run bench -- memory --source rtsp://user:password@10.0.0.5/stream1',
    ],
  })
    .option('--cameras <list>', 'numbers of them', listOf(wholeNumber), [1, 4, 16])
    .option(
      '--seconds <seconds>',
      'that frames are looked at before each look at the memory',
      positiveNumber,
      40,
    )
    .option('--source <uri>', 'of every camera; default the street clip at 1280 x 720, H.264, 15 frames/s')
    .option('--program <file>', 'agent/cli/main.js of another build, to compare with')
    .option('--json <file>', 'write everything that was measured')
    .action(act(run));
}

async function run({ cameras, seconds, source, program, json }: Options): Promise<void> {
  const broker = await startBroker();
  const folder = await mkdtemp(join(tmpdir(), 'cspcam-memory-'));
  try {
    const uri = source ?? (await makeLongClip(CLIP, folder));
    const setting = { url: broker.url, folder, source: uri, program };
    // The first start makes the optimized network, which the others find.
    await measureAgent({ ...setting, cameras: 1, seconds: 1 });
    const agents: AgentMemory[] = [];
    for (const count of cameras) agents.push(await measureAgent({ ...setting, cameras: count, seconds }));
    print(memoryText(agents));
    if (json === undefined) return;
    const { cpuModel: cpu, cores } = await readFacts();
    const environment = { cpu, cores, node: process.version, seconds, source: source ?? CLIP };
    await writeWhole(json, `${JSON.stringify({ environment, agents }, undefined, 2)}\n`);
  } finally {
    broker.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
