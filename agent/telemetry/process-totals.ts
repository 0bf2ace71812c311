// This process -> what it has used since it began.

import type { MetricsInput } from './metrics.js';

export function processTotals(): MetricsInput['process'] {
  const { user, system } = process.cpuUsage();
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: process.memoryUsage.rss(),
    startedSeconds: performance.timeOrigin / 1000,
  };
}
