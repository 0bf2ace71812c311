// A model folder, as JSON in the argument -> times and memory of opening it and looking at one frame, as JSON on standard output.

import { textOf } from '#common/kernel-files.js';
import { readModelFolder } from '../../../models/folder/folder.js';
import { openDetector } from '../../../models/runtime/open.js';
import type { WantedPrecision } from '../../../models/runtime/precision.js';
import { minScoreOf } from '../task.js';

export interface StartRequest {
  readonly directory: string;
  readonly provider: string;
  readonly precision: WantedPrecision;
  readonly threads: number;
  readonly isRandom: boolean;
  /** Where optimized networks are kept; nowhere where absent. */
  readonly cache?: string;
}

export interface StartReply {
  /** Milliseconds since 1970. */
  readonly loadedAtMs: number;
  readonly openMs: number;
  readonly firstResultMs: number;
  readonly peakRssMB: number | null;
  readonly pssMB: number | null;
}

const loadedAtMs = performance.timeOrigin + performance.now();
const { directory, isRandom, ...how } = JSON.parse(process.argv[2]!) as StartRequest;
const started = performance.now();
const folder = await readModelFolder(directory);
const detector = await openDetector(folder, {
  ...how,
  minScore: minScoreOf(isRandom ? 'random' : 'trained'),
}).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
const opened = performance.now();
const { width, height } = folder.description.input;
await detector.detect(new ArrayBuffer(3 * width * height));
const seen = performance.now();
const reply: StartReply = {
  loadedAtMs,
  openMs: opened - started,
  firstResultMs: seen - opened,
  peakRssMB: await megabytes('/proc/self/status', /^VmHWM:\s*(\d+) kB/m),
  pssMB: await megabytes('/proc/self/smaps_rollup', /^Pss:\s*(\d+) kB/m),
};
process.stdout.write(JSON.stringify(reply));
await detector.close();

async function megabytes(file: string, pattern: RegExp): Promise<number | null> {
  const kilobytes = pattern.exec((await textOf(file)) ?? '')?.[1];
  return kilobytes === undefined ? null : (Number(kilobytes) * 1024) / 1e6;
}
