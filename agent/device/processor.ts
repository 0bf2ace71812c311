// Machine -> the instructions of its processor, by which models run in floats or integers: found there, or of its profile. Pure.

import type { DeviceProfile } from './profile.js';
import type { ChosenMachine } from './this-machine.js';

type InstructionSet = DeviceProfile['cpu']['isa'][number];

/** As the kernel calls those that integer forms go by. */
const FLAGS: Readonly<Partial<Record<InstructionSet, string>>> = {
  avx2: 'avx2',
  avx512: 'avx512bw',
  vnni: 'avx_vnni',
  dotprod: 'asimddp',
};

export function processorOf({ processor, limits }: ChosenMachine): NonNullable<ChosenMachine['processor']> {
  if (processor !== undefined) return processor;
  const { isa } = limits.profile.cpu;
  const flags = isa.flatMap((one) => FLAGS[one] ?? []);
  return { architecture: isa.includes('neon') ? 'arm64' : 'x64', flags: new Set(flags) };
}
