// Configuration + this machine -> how the network runs on it: profile, mode, sessions, threads.

import { availableParallelism } from 'node:os';
import type { Config } from '../config/schema.js';
import { type Execution, executionOf } from '../device/execution-mode.js';
import { plannedProvider } from '../device/execution-target.js';
import { type ChosenMachine, chooseMachine } from '../device/this-machine.js';

export interface AgentExecution extends Execution {
  /** Name of the device profile. */
  readonly profile: string;
}

/** The machine that the configuration says this is. @throws CspcamError for a profile that is not there */
export function machineOf({ profile }: Pick<Config, 'profile'>): Promise<ChosenMachine> {
  return chooseMachine({ profile, here: true });
}

export function executionOn(
  { limits }: ChosenMachine,
  { inference, cameras }: Pick<Config, 'inference' | 'cameras'>,
): AgentExecution {
  const enabled = Object.values(cameras).filter((camera) => camera.enabled).length;
  const hints = { ...inference, provider: plannedProvider(inference.provider), cameras: enabled };
  const execution = executionOf(limits, hints, availableParallelism());
  return { profile: limits.profile.name, ...execution };
}
