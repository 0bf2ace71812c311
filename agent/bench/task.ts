// What is to be measured: a network in a form, on so many threads, in a scenario.

import type { Precision } from '../../models/cost/work.js';
import type { ModelDescription } from '../../models/folder/description.js';
import type { ModelFolder } from '../../models/folder/folder.js';
import type { Detector } from '../../models/runtime/detector.js';
import type { WantedPrecision } from '../../models/runtime/precision.js';
import type { Scenario } from './result.js';

export interface Case {
  readonly model: string;
  /** Width of the input, pixels. */
  readonly size: number;
  readonly precision: Precision;
  /** What the network is opened with: `auto` lets an engine compute in 16 bits. */
  readonly wanted: WantedPrecision;
  /** Why that precision, where it was not asked for; a line. */
  readonly precisionReason?: string | undefined;
  readonly provider: string;
  /** Which integer form runs, and why, or how an engine computes; a line. Nothing in fp32 on the CPU. */
  readonly form?: string | undefined;
  readonly weights: 'trained' | 'random';
  /** One frame as soon as possible. */
  readonly latency: Execution;
  /** As many frames as possible, of scenarios offline and multistream. */
  readonly throughput: Execution;
  /** Frames per second in the paper's table 5, by device. */
  readonly paper?: Readonly<Record<string, number>>;
  readonly folder: ModelFolder;
}

export interface Execution {
  readonly sessions: number;
  /** Of each session. */
  readonly threads: number;
  /** Of the cost model, for one frame of the network alone; nothing where it does not know the network. */
  readonly predictedMs?: number;
}

export interface Task {
  readonly subject: Case;
  readonly scenario: Scenario;
  readonly detector: Detector;
  /** Planar RGB, (3, H, W). */
  readonly picture: ArrayBuffer;
  /** Frames that the detector has at the same time. */
  readonly inFlight: number;
}

/** Those of `models build` without trained ones are random: they time a network, and find nothing. */
export function weightsOf({ provenance }: Pick<ModelDescription, 'provenance'>): Case['weights'] {
  const { weights } = provenance;
  return typeof weights === 'object' && weights !== null && 'seed' in weights ? 'random' : 'trained';
}

/** What is decoded as in the agent; of random weights nothing, as nobody knows how much they would find. */
const MIN_SCORE = { trained: 0.1, random: 1 } as const;

export function minScoreOf(weights: Case['weights']): number {
  return MIN_SCORE[weights];
}

export function executionOf(subject: Pick<Case, 'latency' | 'throughput'>, scenario: Scenario): Execution {
  // As the agent with several cameras does by itself.
  return scenario === 'offline' || scenario === 'multistream' ? subject.throughput : subject.latency;
}
