// A file of measured/, as scripts/bench/cost/measure.ts writes it -> observations to fit to.

import type { Graph } from '../layers/registry.js';
import { findNetwork } from '../networks/catalogue.js';
import { buildNetwork } from '../networks/network-spec.js';
import type { Observation } from './fit.js';
import type { Machine } from './machine.js';

export interface Roofs {
  readonly threads: number;
  readonly fp32Gops: number;
  readonly int8Gops: number;
  readonly bandwidthGBs: number;
}

export interface Run {
  readonly network: string;
  readonly size: number;
  readonly precision: 'fp32' | 'int8';
  readonly threads: number;
  readonly frames: number;
  readonly minMs: number;
  readonly medianMs: number;
}

export interface Measurements {
  readonly machine: string;
  /** Instruction sets, as the kernel names them. */
  readonly flags: readonly string[];
  /** Of the networks in integers, as models/quantize/forms names it. */
  readonly int8Form: string;
  readonly onnxruntime: string;
  readonly commit: string;
  readonly measuredAt: string;
  /** As the machine's profile has it. */
  readonly cacheBytes: number;
  /** Of the same minutes as the runs. */
  readonly roofs: readonly Roofs[];
  readonly runs: readonly Run[];
}

/** Medians of a precision, in the order of its runs. */
export function observationsOf(
  { runs, roofs, cacheBytes }: Measurements,
  precision: Run['precision'],
): Observation[] {
  return runs
    .filter((run) => run.precision === precision)
    .map(({ network, size, threads, medianMs }) => {
      const graph = graphOf(network, size);
      return { network, size, graph, machine: machineOf(roofs, threads, cacheBytes), measuredMs: medianMs };
    });
}

const graphs = new Map<string, Graph>();

function graphOf(network: string, size: number): Graph {
  const key = `${network} ${size}`;
  const graph = graphs.get(key) ?? buildNetwork(findNetwork(network), { size });
  graphs.set(key, graph);
  return graph;
}

function machineOf(roofs: readonly Roofs[], count: number, cacheBytes: number): Machine {
  const of = (threads: number) => roofs.find((one) => one.threads === threads)!;
  const { fp32Gops, int8Gops, bandwidthGBs } = of(count);
  const threads = { count, oneGBs: of(1).bandwidthGBs };
  return { roofGops: { fp32: fp32Gops, int8: int8Gops }, bandwidthGBs, cacheBytes, threads };
}
