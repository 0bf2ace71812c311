// Facts about a machine + profiles -> the profile that fits, and why. Pure.

import type { MachineFacts } from './facts.js';
import type { DeviceProfile } from './profile.js';

export interface Detected {
  readonly profile: DeviceProfile;
  /** Why it is this one, for people: `the device tree says nvidia,p2771-0000`. */
  readonly because: string;
}

/** Cores that only one of NVIDIA's chips has, for containers that do not see the device tree. */
const CHIPS: readonly { readonly parts: readonly string[]; readonly soc: string }[] = [
  { parts: ['0x4e/0x003'], soc: 'nvidia,tegra186' },
  { parts: ['0x4e/0x004'], soc: 'nvidia,tegra194' },
  { parts: ['0x41/0xd42'], soc: 'nvidia,tegra234' },
  { parts: ['0x41/0xd07'], soc: 'nvidia,tegra210' },
];

/** @returns nothing for a machine of another architecture */
export function detectProfile(facts: MachineFacts, profiles: readonly DeviceProfile[]): Detected | undefined {
  return (
    byBoard(facts, profiles) ??
    bySoc(facts, profiles) ??
    byCpuModel(facts, profiles) ??
    byArchitecture(facts, profiles)
  );
}

/** The first entries of the device tree are the most specific. */
function byBoard({ compatible }: MachineFacts, profiles: readonly DeviceProfile[]): Detected | undefined {
  for (const entry of compatible) {
    const profile = profiles.find(({ detect }) => detect.compatible.some((part) => entry.includes(part)));
    if (profile) return { profile, because: `the device tree says ${entry}` };
  }
  return undefined;
}

function bySoc(
  { compatible, l4t, cpuParts }: MachineFacts,
  profiles: readonly DeviceProfile[],
): Detected | undefined {
  const ofSoc = (soc: string | undefined) =>
    profiles.find(({ detect }) => soc !== undefined && detect.soc === soc);
  for (const entry of compatible) {
    const profile = ofSoc(entry);
    if (profile)
      return {
        profile,
        because: `the device tree says ${entry} and a board no profile knows; taken for the weakest`,
      };
  }
  // BOARD in the release file is not to be trusted, so that a release says Jetson and no more.
  const chip =
    l4t === undefined ? undefined : CHIPS.find(({ parts }) => parts.every((part) => cpuParts.includes(part)));
  const profile = ofSoc(chip?.soc);
  return (
    profile && {
      profile,
      because: `Linux for Tegra ${l4t} on cores ${chip!.parts.join(', ')}, without a device tree; taken for the weakest`,
    }
  );
}

function byCpuModel(
  { cpuModel = '' }: MachineFacts,
  profiles: readonly DeviceProfile[],
): Detected | undefined {
  const words = cpuModel.split(/[\s()]+/);
  const profile = profiles.find(
    ({ detect }) => detect.cpuModel !== undefined && words.includes(detect.cpuModel),
  );
  return profile && { profile, because: `the CPU is ${cpuModel}` };
}

function byArchitecture(
  { architecture, cpuModel, compatible }: MachineFacts,
  profiles: readonly DeviceProfile[],
): Detected | undefined {
  const profile = profiles.find(
    ({ detect }) => detect.architecture !== undefined && detect.architecture === architecture,
  );
  const known = compatible[0] ?? cpuModel;
  return profile && { profile, because: `no profile knows ${known ?? 'its board or CPU'}` };
}
