// "Failed to connect", as rtspsrc says for every reason -> which reason, by plain TCP.

import { connect } from 'node:net';
import type { FailureReport } from '../../failure.js';
import type { CapturePlan } from '../../launch.js';

const TIMEOUT_MS = 2000;

/** @returns the report itself where it says enough, or the address can be reached */
export async function explained(
  report: FailureReport,
  address: CapturePlan['address'],
): Promise<FailureReport> {
  if (report.failure !== 'unreachable' || address === undefined) return report;
  const { host, port } = address;
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS });
    const done = (found: FailureReport) => {
      socket.destroy();
      resolve(found);
    };
    socket.on('connect', () => done(report));
    socket.on('timeout', () => done({ ...report, message: `no answer from ${host}:${port}` }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const failure = error.code === 'ECONNREFUSED' ? 'refused' : 'unreachable';
      done({ failure, message: error.message });
    });
  });
}
