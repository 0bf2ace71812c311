// Rows of engines -> their times, interleaved: every engine is open, and each has its turn in each round.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { convolutionProbe } from '../../../models/cost/probes.js';
import { EngineProcess } from './engine-process.js';
import type { Absent, EngineRow } from './engines.js';
import { OURS } from './engines.js';
import type { Answer, OpenJob } from './protocol.js';
import { type Difference, difference, summarize, type Times } from './statistics.js';

export interface MeasureOptions {
  readonly threads: number;
  readonly rounds: number;
  /** Of a turn. */
  readonly seconds: number;
  /** For files of the probes. */
  readonly folder: string;
  readonly onStep: (text: string) => void;
}

export interface Measurement {
  readonly row: EngineRow;
  readonly times: Times;
  /** From the reference, or from ours where there is none. */
  readonly difference: Difference;
}

export interface Roof {
  /** Billions of operations per second of a 3x3 convolution of 256 channels in ONNX Runtime, by medians and at best. */
  readonly medianGops: number;
  readonly bestGops: number;
}

export interface Measured {
  readonly measurements: readonly Measurement[];
  readonly roof: Readonly<Record<'fp32' | 'int8', Roof>>;
  /** Not timed, and why. */
  readonly absent: readonly Absent[];
}

/** fp32 must agree within this share of the largest output. */
const TOLERANCE = 1e-3;
/** Fewer bits lose more; beyond this root mean square of the differences it is another network. */
const LOOSE_TOLERANCE = 0.25;

const PAUSE_MS = 30;
/** As many convolutions in the two networks of a pair; the ends of the networks drop out of the difference. */
const [SHORT, LONG] = [1, 5];

interface Contender {
  readonly process: EngineProcess;
  readonly ms: number[];
  readonly row?: EngineRow;
  readonly difference?: Difference;
}

export async function measure(rows: readonly EngineRow[], options: MeasureOptions): Promise<Measured> {
  const { threads, rounds, seconds, onStep } = options;
  const cpus = Array.from({ length: threads }, (_, cpu) => cpu);
  const open: EngineProcess[] = [];
  const start = async (command: readonly string[], job: OpenJob) => {
    const process = new EngineProcess(command, cpus);
    open.push(process);
    const { outputs } = await process.ask<Answer>({ open: job });
    return { process, outputs: floats(outputs!) };
  };
  try {
    const { contenders, absent } = await openRows(rows, start, onStep);
    const probes: Contender[] = [];
    for (const job of await probeJobs(options))
      probes.push({ process: (await start(OURS, job)).process, ms: [] });
    const all = [...contenders, ...probes];
    for (let round = 0; round < rounds; round++) {
      onStep(`round ${round + 1} of ${rounds}`);
      // Another one begins each time: none always follows the same neighbour's heat and caches.
      for (const { process, ms } of [...all.slice(round % all.length), ...all.slice(0, round % all.length)]) {
        ms.push(...(await process.ask<Answer>({ burst: { seconds } })).ms!);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
    const [fp32Short, fp32Long, int8Short, int8Long] = probes.map(({ ms }) => summarize(ms));
    return {
      measurements: contenders.map(({ row, ms, difference }) => ({
        row: row!,
        difference: difference!,
        times: summarize(ms),
      })),
      roof: { fp32: roofOf('fp32', fp32Short!, fp32Long!), int8: roofOf('int8', int8Short!, int8Long!) },
      absent,
    };
  } finally {
    await Promise.all(open.map((process) => process.close()));
  }
}

/** An engine that fails, or whose outputs are others, is not timed. */
async function openRows(
  rows: readonly EngineRow[],
  start: (
    command: readonly string[],
    job: OpenJob,
  ) => Promise<{ process: EngineProcess; outputs: Float32Array }>,
  onStep: (text: string) => void,
): Promise<{ contenders: Contender[]; absent: Absent[] }> {
  const opened: { row: EngineRow; process: EngineProcess; outputs: Float32Array }[] = [];
  const absent: Absent[] = [];
  for (const row of rows) {
    onStep(`open ${row.title}, ${row.precision}`);
    try {
      opened.push({ row, ...(await start(row.command, row.job)) });
    } catch (error) {
      absent.push({ title: row.title, because: (error as Error).message });
    }
  }
  const reference = (opened.find(({ row }) => row.isReference) ?? opened[0])?.outputs ?? new Float32Array();
  const contenders = opened.flatMap(({ row, process, outputs }): Contender[] => {
    const off = difference(outputs, reference);
    if (agrees(row.precision, off)) return [{ row, process, difference: off, ms: [] }];
    absent.push({ title: row.title, because: `its outputs are others, off by ${off.worst.toPrecision(2)}` });
    return [];
  });
  return { contenders, absent };
}

export function agrees(precision: EngineRow['precision'], { worst, rms }: Difference): boolean {
  return precision === 'fp32' ? worst <= TOLERANCE : rms <= LOOSE_TOLERANCE;
}

async function probeJobs({ folder, threads }: MeasureOptions): Promise<OpenJob[]> {
  const jobs: OpenJob[] = [];
  for (const precision of ['fp32', 'int8'] as const)
    for (const count of [SHORT, LONG]) {
      const { onnx, size } = convolutionProbe(precision, count);
      const file = join(folder, `probe-${precision}-${count}.onnx`);
      await writeFile(file, onnx);
      const pixels = join(folder, 'probe-pixels');
      await writeFile(pixels, new Uint8Array(3 * size * size).fill(1));
      jobs.push({
        engine: 'ours',
        precision,
        threads,
        files: { onnx: file },
        size: [size, size],
        pixels,
        outputs: [],
      });
    }
  return jobs;
}

function roofOf(precision: 'fp32' | 'int8', short: Times, long: Times): Roof {
  const billions = convolutionProbe(precision, LONG).billions - convolutionProbe(precision, SHORT).billions;
  return {
    medianGops: billions / ((long.medianMs - short.medianMs) / 1000),
    bestGops: billions / ((long.minMs - short.minMs) / 1000),
  };
}

function floats(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
