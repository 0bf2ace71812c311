// Options -> the cases to measure: every combination of models, sizes, precisions, providers and threads, ready to run.

import { availableParallelism } from 'node:os';
import { type PaperRow, TABLE_5 } from '../../../models/cost/table-5.js';
import type { Precision } from '../../../models/cost/work.js';
import { isEngine } from '../../../models/runtime/engines/registry.js';
import { choiceOf } from '../../../models/runtime/network.js';
import type { WantedPrecision } from '../../../models/runtime/precision.js';
import { expectGoingOn } from '../../bench/interrupted.js';
import { type Predicted, predictFolder } from '../../bench/predict.js';
import type { Case, Execution } from '../../bench/task.js';
import { executionOf, type Hints } from '../../device/execution-mode.js';
import { computedPrecision, plannedProvider } from '../../device/execution-target.js';
import type { ChosenMachine } from '../../device/this-machine.js';
import { type CalibrationData, type Found, findFolder, type Wanted } from './folders.js';

export interface CaseArguments {
  readonly model?: readonly string[];
  readonly size?: readonly number[];
  readonly precision?: readonly Precision[];
  readonly provider?: readonly string[];
  readonly threads?: readonly number[];
  /** Of scenario offline. */
  readonly sessions?: number;
  readonly paper?: true;
}

export interface CaseOptions {
  readonly machine: ChosenMachine;
  /** For what has to be made. */
  readonly temporary: string;
  readonly signal: AbortSignal;
  /** For int8 that is made here. */
  readonly calibration?: CalibrationData;
}

/** A case with the layers that its predictions are made of, by threads. */
export interface Prepared {
  readonly subject: Case;
  readonly predictions: readonly (Predicted & { readonly threads: number })[];
}

/** @throws CspcamError for what cannot be made or was interrupted */
export async function prepareCases(options: CaseArguments, given: CaseOptions): Promise<Prepared[]> {
  const { provider = ['cpu'], threads = ['auto' as const], sessions = 'auto' as const } = options;
  const prepared: (Prepared & { readonly given: string | undefined })[] = [];
  for (const { row, ...wanted } of wantedFolders(options)) {
    expectGoingOn(given.signal);
    const { calibration, temporary, signal } = given;
    for (const one of provider) {
      const wish = { ...wanted, provider: one, ...(calibration && { calibration }) };
      const found = await findFolder(wish, temporary, signal);
      for (const count of threads) {
        const hints = {
          provider: plannedProvider(one),
          ...{ sessions, threads: count, cameras: 1 },
        };
        const ready = await prepare(found, wish, hints, given.machine, row);
        prepared.push({ ...ready, given: wanted.model });
      }
    }
  }
  return toldApart(prepared);
}

/** Rows go by the name of their network, which several model folders may share: then what was typed stands beside it. */
function toldApart(prepared: readonly (Prepared & { readonly given: string | undefined })[]): Prepared[] {
  return prepared.map(({ subject, predictions, given }) => {
    const { model } = subject;
    const isShared = prepared.some((other) => other.subject.model === model && other.given !== given);
    return { subject: isShared ? { ...subject, model: `${model} (${given})` } : subject, predictions };
  });
}

function wantedFolders({
  model,
  size,
  precision,
  paper,
}: CaseArguments): (Omit<Wanted, 'provider'> & { row?: PaperRow })[] {
  const precisions = precision ?? [undefined];
  const rows = paper
    ? TABLE_5.map((row) => ({ model: row.model, size: row.size, row }))
    : (model ?? [undefined]).flatMap((name) =>
        (size ?? [undefined]).map((pixels) => ({
          ...(name !== undefined && { model: name }),
          ...(pixels !== undefined && { size: pixels }),
        })),
      );
  return rows.flatMap((row) =>
    precisions.map((one) => ({ ...row, ...(one !== undefined && { precision: one }) })),
  );
}

async function prepare(
  { folder, precision, precisionReason, weights }: Found,
  { provider, precision: asked }: Wanted,
  hints: Omit<Hints, 'mode'>,
  machine: ChosenMachine,
  row: PaperRow | undefined,
): Promise<Prepared> {
  const { limits } = machine;
  const run = precision === 'int8' ? 'int8' : 'fp32';
  // An engine computes floats as it likes, unless it is told.
  const wanted: WantedPrecision = isEngine(provider) && asked === undefined ? 'auto' : run;
  const planned = computedPrecision(limits, provider, wanted, precision);
  const predictions: (Predicted & { threads: number })[] = [];
  const execution = async (of: Hints): Promise<Execution> => {
    const { sessions, threads } = executionOf(limits, of, availableParallelism());
    const predicted = await predictFolder(folder, planned, of.provider, threads, machine);
    if (predicted) predictions.push({ ...predicted, threads });
    return { sessions, threads, ...(predicted && { predictedMs: predicted.latencyMs }) };
  };
  const { name, input } = folder.description;
  const subject: Case = {
    model: name,
    size: input.width,
    ...{ precision, wanted, provider, precisionReason },
    form: (await choiceOf(folder, provider, wanted)).form,
    weights,
    latency: await execution({ ...hints, sessions: 1, mode: 'latency' }),
    throughput: await execution({ ...hints, mode: 'throughput' }),
    folder,
    ...(row && { paper: row.fps as Readonly<Record<string, number>> }),
  };
  return { subject, predictions };
}
