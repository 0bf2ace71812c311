// Model folders and a clip -> what the way from a camera to a message costs beside the network itself.

import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { writeWhole } from '#common/write-file.js';
import { CLIP } from '../../../agent/bench/picture.js';
import { listOf } from '../../../agent/cli/bench/lists.js';
import { act, newCommand } from '../../../agent/cli/command.js';
import { print } from '../../../agent/cli/models/text.js';
import { positiveNumber, wholeNumber } from '../../../agent/cli/numbers.js';
import { keepHeapSmall } from '../../../agent/cli/small-heap.js';
import { readFacts } from '../../../agent/device/facts.js';
import { type ModelFolder, readModelFolder } from '../../../models/folder/folder.js';
import type { Detector } from '../../../models/runtime/detector.js';
import { openDetector } from '../../../models/runtime/open.js';
import type { CameraOptions } from '../../../pipelines/capture/camera-options.js';
import { BUNDLED } from '../bundled.js';
import { bareInferenceMs, besideDecodingMs, endToEnd, sharing, staticScene } from './measures.js';
import {
  type FramePathResults,
  fourDigits,
  framePathText,
  lastingRow,
  type PathTurn,
  pathRow,
  sharingRow,
  subjectOf,
} from './result.js';
import { makeStillClip, startBroker } from './surroundings.js';
import { threadTimes } from './thread-times.js';

interface Options {
  readonly clip: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly threads: readonly number[];
  readonly json?: string;
}

/** What all measures share. */
interface Setting extends Options {
  readonly folders: readonly ModelFolder[];
  readonly cores: number;
  /** Of the broker. */
  readonly url: string;
  /** Threads that were there before any network was. */
  readonly own: ReadonlySet<string>;
}

const CORES = availableParallelism();
const MIN_SCORE = 0.1;
/** Each row offers as many frames a second in all, so that only the number of cameras differs. */
const OFFERED_FPS = 80;
const OFFERS: readonly (readonly number[])[] = [
  ...[1, 2, 4, 8].map((count) => new Array<number>(count).fill(OFFERED_FPS / count)),
  [2, 26, 26, 26],
];
const GATE = { lookEveryMs: 1000, keepLookingMs: 2000 } as const;

export function framePathCommand(): Command {
  return newCommand('frame-path', {
    summary:
      'the whole way from a recording to messages, still scenes, cameras that share (mosquitto, ffmpeg)',
    examples: [
      'npm run bench -- frame-path',
      'npm run bench -- frame-path dist/models/default my-int8-model --json frame-path.json',
      'npm run bench -- frame-path --rounds 1 --seconds 1',
    ],
  })
    .argument('[folders...]', 'model folders', [BUNDLED])
    .option('--clip <file>', 'recording', CLIP)
    .option('--rounds <count>', 'turns of each measure', wholeNumber, 3)
    .option('--seconds <seconds>', 'length of a turn', positiveNumber, 3)
    .option('--threads <list>', 'of the network', listOf(wholeNumber), [
      ...new Set([CORES, Math.max(1, CORES - 1)]),
    ])
    .option('--json <file>', 'write everything that was measured')
    .action(act(run));
}

async function run(directories: readonly string[], options: Options): Promise<void> {
  // As the agent does.
  keepHeapSmall();
  const own = new Set(threadTimes(process.pid).keys());
  const folders = await Promise.all(directories.map((directory) => readModelFolder(directory)));
  const broker = await startBroker();
  const temporary = await mkdtemp(join(tmpdir(), 'cspcam-frame-path-'));
  try {
    const setting: Setting = { ...options, folders, cores: CORES, url: broker.url, own };
    const results: FramePathResults = {
      paths: await measurePaths(setting),
      lasting: await measureLasting(setting),
      stillScenes: await measureStillScenes(setting, join(temporary, 'still.mp4')),
      sharing: await measureSharing(setting),
    };
    print(framePathText(results));
    if (options.json !== undefined) await writeResults(options.json, setting, results);
  } finally {
    broker.stop();
    await rm(temporary, { recursive: true, force: true });
  }
}

async function measurePaths({ folders, threads, rounds, seconds, clip, url, own }: Setting) {
  const rows = folders.flatMap((folder) =>
    threads.map((count) => ({ folder, threads: count, turns: [] as PathTurn[] })),
  );
  for (let round = 0; round < rounds; round++)
    for (const row of rows) {
      const turn = await withDetector(row.folder, row.threads, async (detector) => {
        await bareInferenceMs(detector, 0.3);
        return {
          bareMs: await bareInferenceMs(detector, seconds),
          besideDecodingMs: await besideDecodingMs(detector, clip, seconds),
          path: await endToEnd(detector, { clip, url, seconds, own }),
        };
      });
      row.turns.push(turn);
    }
  return rows.map((row) => pathRow(row.folder, row.threads, row.turns));
}

/** Compiled code and the heap have settled after so many frames, as in an agent that runs for days. */
async function measureLasting({ folders, seconds, clip, url, own }: Setting) {
  const rows = [];
  for (const folder of folders) {
    const lasting = { clip, url, seconds: 5 * seconds, own, warmUpMs: 6000 * seconds };
    rows.push(
      lastingRow(folder, 1, await withDetector(folder, 1, (detector) => endToEnd(detector, lasting))),
    );
  }
  return rows;
}

async function measureStillScenes({ folders, cores, seconds, clip, url }: Setting, still: string) {
  await makeStillClip(clip, still);
  const rows = [];
  for (const folder of folders) {
    const measure = (motion: CameraOptions['motion']) =>
      withDetector(folder, cores, (detector) =>
        staticScene(detector, { clip: still, url, seconds: 3 * seconds, motion }),
      );
    const [off, on] = [await measure(undefined), await measure(GATE)];
    rows.push({
      ...subjectOf(folder),
      cores: { withoutGate: fourDigits(off.cpuPerSecond), withGate: fourDigits(on.cpuPerSecond) },
      fps: { withoutGate: fourDigits(off.fps), withGate: fourDigits(on.fps) },
      ratio: fourDigits(on.cpuPerSecond / off.cpuPerSecond),
    });
  }
  return rows;
}

async function measureSharing({ folders, cores, rounds, seconds, url }: Setting) {
  const rows = OFFERS.map((fps) => ({ fps, turns: [] as number[][] }));
  for (let round = 0; round < rounds; round++)
    for (const { fps, turns } of rows)
      turns.push(
        await withDetector(folders[0]!, cores, (detector) =>
          sharing(detector, { url, seconds: 2 * seconds, fps }),
        ),
      );
  return rows.map(({ fps, turns }) => sharingRow(fps, turns));
}

async function withDetector<T>(
  folder: ModelFolder,
  threads: number,
  use: (detector: Detector) => Promise<T>,
): Promise<T> {
  const detector = await openDetector(folder, { provider: 'cpu', threads, minScore: MIN_SCORE });
  try {
    return await use(detector);
  } finally {
    await detector.close();
  }
}

async function writeResults(
  file: string,
  { cores, clip, rounds, seconds }: Setting,
  results: FramePathResults,
): Promise<void> {
  const { cpuModel: cpu } = await readFacts();
  const environment = { cpu, cores, node: process.version, clip, rounds, seconds };
  await writeWhole(file, `${JSON.stringify({ environment, ...results }, undefined, 2)}\n`);
}
