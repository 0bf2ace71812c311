// Turns of the frame path's measures -> rows, medians over the turns; rows -> tables. Pure.

import { median } from '../../../agent/bench/figures.js';
import type { ModelFolder } from '../../../models/folder/folder.js';
import { markdownTable } from '../../../models/networks/figures.js';
import type { EndToEnd } from './measures.js';

interface Subject {
  readonly model: string;
  readonly precision: string;
  readonly size: number;
}

export interface PathTurn {
  readonly bareMs: number;
  readonly besideDecodingMs: number;
  readonly path: EndToEnd;
}

interface CpuRow extends Subject {
  readonly threads: number;
  /** Of a frame. */
  readonly cpuMs: Partial<EndToEnd['cpu']>;
  readonly timerLagMs: EndToEnd['lagMs'];
}

interface PathRow extends CpuRow {
  readonly bareMs: number;
  readonly pathMs: number;
  /** Speed of the whole path by that of the network alone. */
  readonly ratio: number;
  readonly besideDecodingMs: number;
  readonly ratioBesideDecoding: number;
}

interface WithAndWithoutGate {
  readonly withoutGate: number;
  readonly withGate: number;
}

interface StillSceneRow extends Subject {
  readonly cores: WithAndWithoutGate;
  readonly fps: WithAndWithoutGate;
  readonly ratio: number;
}

interface SharingRow {
  readonly offeredFps: readonly number[];
  readonly total: number;
  readonly rates: readonly number[];
}

export interface FramePathResults {
  readonly paths: readonly PathRow[];
  readonly lasting: readonly CpuRow[];
  readonly stillScenes: readonly StillSceneRow[];
  readonly sharing: readonly SharingRow[];
}

export function subjectOf({ description: { name, precision = 'fp32', input } }: ModelFolder): Subject {
  return { model: name, precision, size: input.width };
}

export function pathRow(folder: ModelFolder, threads: number, turns: readonly PathTurn[]): PathRow {
  const of = (pick: (turn: PathTurn) => number) => fourDigits(median(turns.map(pick)));
  return {
    ...subjectOf(folder),
    threads,
    bareMs: of(({ bareMs }) => bareMs),
    pathMs: of(({ path }) => path.ms),
    ratio: of(({ bareMs, path }) => bareMs / path.ms),
    besideDecodingMs: of(({ besideDecodingMs }) => besideDecodingMs),
    ratioBesideDecoding: of(({ besideDecodingMs, path }) => besideDecodingMs / path.ms),
    cpuMs: {
      mainThread: of(({ path }) => path.cpu.mainThread),
      helperThreads: of(({ path }) => path.cpu.helperThreads),
      scaleAndSend: of(({ path }) => path.cpu.scaleAndSend),
      videoDecode: of(({ path }) => path.cpu.videoDecode),
    },
    timerLagMs: { p50: of(({ path }) => path.lagMs.p50), p99: of(({ path }) => path.lagMs.p99) },
  };
}

/** The recording begins again meanwhile, in another capture process: what those took is not known. */
export function lastingRow(folder: ModelFolder, threads: number, { cpu, lagMs }: EndToEnd): CpuRow {
  return {
    ...subjectOf(folder),
    threads,
    cpuMs: { mainThread: fourDigits(cpu.mainThread), helperThreads: fourDigits(cpu.helperThreads) },
    timerLagMs: { p50: fourDigits(lagMs.p50), p99: fourDigits(lagMs.p99) },
  };
}

export function sharingRow(offeredFps: readonly number[], turns: readonly (readonly number[])[]): SharingRow {
  const sum = (rates: readonly number[]) => rates.reduce((total, rate) => total + rate, 0);
  return {
    offeredFps,
    total: fourDigits(median(turns.map(sum))),
    rates: offeredFps.map((_, i) => fourDigits(median(turns.map((turn) => turn[i]!)))),
  };
}

export function fourDigits(value: number): number {
  return Number(value.toPrecision(4));
}

export function framePathText({ paths, lasting, stillScenes, sharing }: FramePathResults): string {
  const cpuCells = (name: string, { precision, threads, cpuMs, timerLagMs }: CpuRow) => [
    ...[`${precision} ${name}`, `${threads}`],
    ...[cpuMs.mainThread, cpuMs.helperThreads, cpuMs.scaleAndSend, cpuMs.videoDecode].map(
      (ms) => `${ms ?? ''}`,
    ),
    `${timerLagMs.p50}, ${timerLagMs.p99}`,
  ];
  return [
    markdownTable([
      ['network', 'threads', 'alone, ms', 'beside decoding', 'whole path', 'of alone', 'of beside decoding'],
      ...paths.map(({ model, precision, threads, bareMs, besideDecodingMs, pathMs, ratio, ...row }) => [
        `${model} ${precision}`,
        ...[threads, bareMs, besideDecodingMs, pathMs, ratio, row.ratioBesideDecoding].map(String),
      ]),
    ]),
    markdownTable([
      [
        ...['CPU, ms a frame', 'threads', 'main thread', "Node's helpers", 'scale, send', 'decode'],
        'timer lag p50, p99',
      ],
      ...paths.map((row) => cpuCells('at first', row)),
      ...lasting.map((row) => cpuCells('lasting', row)),
    ]),
    markdownTable([
      ['still scene', 'cores without gate', 'with gate', 'ratio', 'frames/s without, with'],
      ...stillScenes.map(({ model, precision, cores, ratio, fps }) => [
        `${model} ${precision}`,
        ...[cores.withoutGate, cores.withGate, ratio].map(String),
        `${fps.withoutGate}, ${fps.withGate}`,
      ]),
    ]),
    markdownTable([
      ['cameras offer, frames/s', 'looked at in all', 'of each'],
      ...sharing.map(({ offeredFps, total, rates }) => [
        ...[offeredFps.join(', '), `${total}`, rates.join(', ')],
      ]),
    ]),
  ].join('\n');
}
