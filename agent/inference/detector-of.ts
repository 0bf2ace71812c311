// Setup -> how its network is opened, for the first time and after each failure.

import { openDetector } from '../../models/runtime/open.js';
import { lowestScoreOf } from '../cameras/camera-settings.js';
import type { Log } from '../telemetry/log.js';
import { type ChosenProvider, fastestProvider } from './provider.js';
import type { Setup } from './setup.js';
import type { OpenDetector } from './supervised-detector.js';

export interface DetectorInput {
  /** Where optimized networks are kept. */
  readonly cache: string;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Told what is being built and how far it is; undefined once it is. */
  readonly onBuilding?: (words: string | undefined) => void;
}

/** A step of what takes minutes. */
const STEP = 0.1;

export function openerOf(
  { config, model, execution }: Setup,
  { cache, log, onBuilding }: DetectorInput,
): OpenDetector {
  const { provider, precision, oneLabelOf } = config.inference;
  const { threads, sessions } = execution;
  const onNotice = (notice: string) => log.warn(notice);
  const openWith = (chosen: ChosenProvider, signal: AbortSignal) =>
    openDetector(model, {
      ...{ precision, sessions, threads, minScore: lowestScoreOf(config), oneLabelOf, cache },
      ...chosen,
      onNotice,
      onProgress: inSteps((stage, percent) => {
        onBuilding?.(`building the engine: ${stage} ${percent}%`);
        log.info({ stage, percent }, 'building the engine');
      }),
      signal,
    }).finally(() => onBuilding?.(undefined));
  if (provider !== 'auto') return (signal) => openWith({ provider }, signal);
  let fastest: ChosenProvider | undefined;
  return async (signal) => {
    fastest ??= await fastestProvider(model, { precision, threads, cache, onNotice, signal });
    try {
      return await openWith(fastest, signal);
    } catch (error) {
      if (fastest.provider === 'cpu' || signal.aborted) throw error;
      const why = `${fastest.provider} failed: ${(error as Error).message}`;
      log.warn(`${why}; the network runs on the CPU`);
      return openWith({ provider: 'cpu', providerReason: `cpu: ${why}` }, signal);
    }
  };
}

/** @param tell told a stage and percent of it, ten at a time */
export function inSteps(
  tell: (stage: string, percent: number) => void,
): (stage: string, part: number) => void {
  let told: { readonly stage: string; readonly part: number } | undefined;
  return (stage, part) => {
    if (told?.stage === stage && part < told.part + STEP) return;
    told = { stage, part };
    tell(stage, Math.round(100 * part));
  };
}
