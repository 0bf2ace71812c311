// A machine + requirements -> the network for it: what `plan` prints and what `model: auto` takes.

import { expected, type misused } from '#common/errors.js';
import type { Precision } from '../../models/cost/work.js';
import { type ExecutionTarget, targetOf } from './execution-target.js';
import { threadsOf } from './limits.js';
import { type Plan, plan } from './plan.js';
import type { Requirements } from './plan-row.js';
import type { Provider } from './profile.js';
import type { ChosenMachine } from './this-machine.js';

export interface ModelRequirements {
  readonly requirements?: Requirements;
  /** The profile's first where absent. */
  readonly provider?: Provider;
  /** The first of the provider's where absent. */
  readonly precision?: Precision;
  /** The profile's where absent. */
  readonly threads?: number;
  /** Names of networks to choose among; all where absent. */
  readonly among?: readonly string[];
}

export interface ChosenModel extends Plan {
  readonly target: ExecutionTarget;
  readonly precision: Precision;
  readonly threads: number;
}

/**
 * @param refused `misused` where provider and precision were typed
 * @throws what that makes of a provider or precision that the machine lacks
 */
export function chooseModel(
  { limits, measured }: ChosenMachine,
  wanted: ModelRequirements = {},
  refused: typeof expected | typeof misused = expected,
): ChosenModel {
  const { inference, name } = limits.profile;
  const provider = wanted.provider ?? inference.providers[0]!;
  const precisions = inference.precisions[provider];
  if (precisions === undefined)
    throw refused(`one of ${inference.providers.join(', ')}`, `the provider on ${name}`, provider);
  const precision = wanted.precision ?? precisions[0]!;
  if (!precisions.includes(precision))
    throw refused(`one of ${precisions.join(', ')}`, `the precision of ${provider} on ${name}`, precision);
  const threads = wanted.threads ?? threadsOf(limits);
  const target = targetOf(limits, provider, threads, measured);
  const found = plan({
    target,
    precision,
    memoryGB: limits.memoryGB,
    ...(wanted.requirements && { requirements: wanted.requirements }),
    ...(wanted.among && { among: wanted.among }),
  });
  return { ...found, target, precision, threads };
}
