// This process -> what it has used since it began.

import type { MetricsInput } from './metrics.js';
import { residentBytes } from './resident-bytes.js';

export function processTotals(): MetricsInput['process'] {
  const { user, system } = process.cpuUsage();
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: residentBytes(),
    startedSeconds: performance.timeOrigin / 1000,
  };
}
