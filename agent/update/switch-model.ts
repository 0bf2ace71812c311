// A model folder and the file of an agent that runs -> it runs that model, or goes on with the one before.

import { readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemClock } from '#common/clock.js';
import { CspcamError, expected } from '#common/errors.js';
import { expectWithin } from '#common/time-limit.js';
import { writeWhole } from '#common/write-file.js';
import { openDetector } from '../../models/runtime/open.js';
import { withKey } from '../config/change-key.js';
import { isBundledName } from '../config/model-words.js';
import { chosenModel } from '../inference/bundled-models.js';
import { readWords } from '../service/read-words.js';
import { type Before, beforeOf, USUAL_LIMITS } from './healthy.js';
import { forgetRestarts, lastWords, lookAt, systemctl } from './units.js';
import { type Unwell, untilHealthy } from './watch.js';

export interface SwitchRequest {
  /** Or the name of a bundled model. */
  readonly folder: string;
  /** `cspcam.service` or `cspcam@NAME.service`. */
  readonly unit: string;
  /** Its configuration. */
  readonly file: string;
  readonly healthySeconds: number;
}

export interface Switched {
  readonly outcome: 'switched' | 'returned' | 'failed';
  readonly model: string;
  readonly why?: string;
  readonly log: readonly string[];
}

/** Beside the file as long as nobody knows whether the new model is well: what the file held before. */
export const formerOf = (file: string): string => `${file}.before-switch`;

const FIRST_FRAME_MS = 60_000;
const MIN_SCORE = 0.3;

/**
 * @param tell what it is at, for people
 * @param signal its abort goes back to the model before
 * @throws CspcamError where nothing was changed
 */
export async function switchModel(
  { folder, unit, file, healthySeconds }: SwitchRequest,
  tell: (words: string) => void,
  signal: AbortSignal,
): Promise<Switched> {
  const model = isBundledName(folder) ? folder : resolve(folder);
  const before = await expectRunning(unit);
  await expectNoneUnderWay(file);
  const former = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw expected('a readable file', file, error.code ?? error.message, error);
  });
  const text = withKey(former, 'model', model, file);
  tell(`opening ${model}`);
  await expectOpens(model);
  signal.throwIfAborted();
  const since = Date.now() / 1000;
  await writeWhole(formerOf(file), former, { mode: 0o600 });
  await writeWhole(file, text);
  const unwell = await reloadAndWatch(before, 1000 * healthySeconds, tell, signal);
  if (unwell === undefined) {
    await rm(formerOf(file));
    return { outcome: 'switched', model, log: [] };
  }
  const log = await lastWords(unit, since);
  tell('putting the configuration before back');
  const still = await putBack(file, { ...before, isDetectorFailing: true }, tell);
  const why = `${unit}: ${unwell.why}`;
  if (still === undefined) return { outcome: 'returned', model, why, log };
  return { outcome: 'failed', model, why: `${why}; with the model before: ${still.why}`, log };
}

/** What an interrupted switch has left. @returns nothing where the agent runs with it again */
export async function putBack(
  file: string,
  { unit, isDetectorFailing }: Pick<Before, 'unit' | 'isDetectorFailing'>,
  tell: (words: string) => void,
): Promise<Unwell | undefined> {
  await writeWhole(file, await readFile(formerOf(file)));
  await rm(formerOf(file));
  const before: Before = { unit, running: 0, isInferring: false, isDetectorFailing, isRefusing: true };
  return reloadAndWatch(before, 0, tell, new AbortController().signal);
}

/** A reload ends before it is over, and its refusal is in the words of the agent: it is well only after both. */
async function reloadAndWatch(
  before: Before,
  healthyMs: number,
  tell: (words: string) => void,
  signal: AbortSignal,
): Promise<Unwell | undefined> {
  const { unit } = before;
  try {
    await forgetRestarts([before]);
    if ((await lookAt(unit)).activeState === 'active') await systemctl('reload', unit);
    else await systemctl('restart', '--no-block', unit);
    return await untilHealthy([before], {
      limits: { ...USUAL_LIMITS, healthyMs: Math.max(healthyMs, LEAST_HEALTHY_MS) },
      lookAt,
      onLook: tell,
      clock: systemClock,
      signal,
    });
  } catch (error) {
    if (signal.aborted) return { why: 'it was interrupted' };
    if (error instanceof CspcamError) return { why: error.message };
    throw error;
  }
}

/** In which a reload has begun, and shows. */
const LEAST_HEALTHY_MS = 5000;

async function expectRunning(unit: string): Promise<Before> {
  const look = await lookAt(unit);
  const before = beforeOf(unit, look);
  if (before === undefined)
    throw expected(`an agent that runs (systemctl start ${unit})`, unit, look.activeState || 'none');
  const { refusal } = readWords(look.words);
  if (refusal !== undefined)
    throw expected('an agent that goes by its configuration', unit, `one that refused it: ${refusal}`);
  return before;
}

async function expectNoneUnderWay(file: string): Promise<void> {
  const left = await readFile(formerOf(file)).catch(() => undefined);
  if (left === undefined) return;
  throw new CspcamError(
    `expected no switch under way, received ${formerOf(file)}: cspcam models switch --back puts it back, --keep goes on with the new model`,
  );
}

/** As the agent will open it; a black picture has to be answered. */
async function expectOpens(directory: string): Promise<void> {
  const folder = await chosenModel(directory);
  const { name, task, input } = folder.description;
  if (task !== 'detection') throw expected('a detector', directory, `${name}, which detects nothing`);
  const detector = await openDetector(folder, { provider: 'cpu', threads: 0, minScore: MIN_SCORE });
  try {
    const answer = detector.detect(new ArrayBuffer(3 * input.width * input.height));
    await expectWithin(FIRST_FRAME_MS, answer, 'an answer', directory);
  } finally {
    await detector.close();
  }
}
