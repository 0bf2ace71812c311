// Machine as it is set + hint of the configuration -> sessions and threads of the network. Pure.

import { type Limits, threadsOf } from './limits.js';
import type { Provider } from './profile.js';

/** OpenVINO's hints have the same names: a frame as soon as possible, or as many frames as possible. */
export type Mode = 'latency' | 'throughput';

export interface Hints {
  readonly provider: Provider;
  readonly mode: Mode | 'auto';
  readonly sessions: number | 'auto';
  /** Threads that each session has. */
  readonly threads: number | 'auto';
  /** That share the network. */
  readonly cameras: number;
}

export interface Execution {
  readonly mode: Mode;
  readonly sessions: number;
  readonly threads: number;
}

/** Each holds weights and feature maps of its own. */
const MOST_SESSIONS = 4;

/**
 * `auto` is the profile's mode, else throughput where several cameras share a CPU. One thread in each of two sessions
 * gave 1.2 (fp32) to 1.3 times (int8) the frames of two threads in one, and took 1.7 to 1.5 times as long for each.
 *
 * @param available cores that this process may use
 */
export function executionOf(limits: Limits, hints: Hints, available = limits.cores): Execution {
  const { provider, cameras } = hints;
  const wanted = hints.mode === 'auto' ? limits.profile.inference.mode : hints.mode;
  const isShared = cameras > 1 && provider === 'cpu';
  const mode = wanted === 'auto' ? (isShared ? 'throughput' : 'latency') : wanted;
  // Sessions do not wait for each other's threads: capture needs no core put aside.
  const cores = Math.max(1, Math.min(available, mode === 'latency' ? threadsOf(limits) : limits.cores));
  const most = Math.min(MOST_SESSIONS, hints.mode === 'throughput' ? cores : Math.max(1, cameras));
  const fitting = mode === 'latency' || provider !== 'cpu' ? 1 : sessionsOn(cores, hints.threads, most);
  const sessions = hints.sessions === 'auto' ? fitting : hints.sessions;
  const threads = hints.threads === 'auto' ? Math.max(1, Math.floor(cores / sessions)) : hints.threads;
  return { mode, sessions, threads };
}

/** More than one where there are cores for it; of those, as leave the fewest cores unused. */
function sessionsOn(cores: number, threads: number | 'auto', most: number): number {
  if (threads !== 'auto') return Math.min(most, Math.max(1, Math.floor(cores / threads)));
  const used = (sessions: number) => sessions * Math.floor(cores / sessions);
  let best = Math.min(2, cores, most);
  for (let sessions = best; sessions <= Math.min(cores, most); sessions++)
    if (used(sessions) >= used(best)) best = sessions;
  return best;
}
