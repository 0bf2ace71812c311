// `auto`, a name or a file + this machine -> its profile, limits and measurements, with the reason.

import type { CpuFeatures } from '#common/cpu-features.js';
import { expected } from '#common/errors.js';
import { detectProfile } from './detect-profile.js';
import { readFacts } from './facts.js';
import { type Limits, limitsOf, powerModeOf } from './limits.js';
import { type Measured, readMeasured } from './measured.js';
import { findProfile, readProfiles } from './profiles.js';

export interface ChosenMachine {
  readonly limits: Limits;
  /** Why this profile. */
  readonly because: string;
  /** Measurements, where the profile is this machine's. */
  readonly measured?: Measured;
  /** What the machine says of its processor, where the profile is this machine's. */
  readonly processor?: Pick<CpuFeatures, 'architecture' | 'flags'>;
}

export interface Wanted {
  /** `auto`, a name or a file; auto where absent. */
  readonly profile?: string;
  /** The profile is this machine's, whatever it is taken for; else only where it is taken for the same. */
  readonly here?: boolean;
  /** Number or name; the live one where absent. */
  readonly powerMode?: string;
  /** Where the files of the machine are; elsewhere than / for tests. */
  readonly root?: string;
}

/** @throws CspcamError for a profile or power mode that is not there */
export async function chooseMachine(wanted: Wanted = {}): Promise<ChosenMachine> {
  const { profile: name = 'auto', here = false, powerMode, root = '/' } = wanted;
  const [profiles, facts] = await Promise.all([readProfiles(), readFacts(root)]);
  const detected = detectProfile(facts, profiles);
  const asked = name === 'auto' ? undefined : await findProfile(name, profiles);
  const profile = asked ?? detected?.profile;
  if (profile === undefined)
    throw expected('x86-64 or arm64', 'this machine, or a profile that says what it is', undefined);
  const because = asked === undefined ? detected!.because : 'it was asked for';
  if (powerMode !== undefined) return { limits: limitsOf(profile, powerModeOf(profile, powerMode)), because };
  if (!here && profile.name !== detected?.profile.name) return { limits: limitsOf(profile), because };
  const mode = profile.powerModes.find(({ id }) => id === facts.powerMode);
  const limits = limitsOf(profile, mode, facts);
  const { architecture, flags } = facts;
  const processor = architecture && { architecture, flags };
  const machine = { limits, because, ...(processor && { processor }) };
  try {
    const measured = await readMeasured(facts);
    return { ...machine, ...(measured && { measured }) };
  } catch (error) {
    // The agent works without, so it must not fail to start for it.
    return { ...machine, limits: { ...limits, remarks: [...limits.remarks, (error as Error).message] } };
  }
}
