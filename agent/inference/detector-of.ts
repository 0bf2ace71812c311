// Setup -> how its network is opened, for the first time and after each failure.

import { openDetector } from '../../models/runtime/open.js';
import { lowestScoreOf } from '../cameras/camera-settings.js';
import { AUTO } from '../config/schema.js';
import type { Log } from '../telemetry/log.js';
import { fastestProvider } from './provider.js';
import type { Setup } from './setup.js';
import type { OpenDetector } from './supervised-detector.js';

export interface DetectorInput {
  /** Where optimized networks are kept. */
  readonly cache: string;
  readonly log: Pick<Log, 'warn'>;
}

export function openerOf({ config, model, execution }: Setup, { cache, log }: DetectorInput): OpenDetector {
  const { provider, precision, oneLabelOf } = config.inference;
  const { threads } = execution;
  const onNotice = (notice: string) => log.warn(notice);
  return async (signal) =>
    openDetector(model, {
      ...(provider === AUTO
        ? await fastestProvider(model, { precision, threads, cache, onNotice, signal })
        : { provider }),
      precision,
      sessions: execution.sessions,
      threads,
      minScore: lowestScoreOf(config),
      oneLabelOf,
      cache,
      onNotice,
      signal,
    });
}
