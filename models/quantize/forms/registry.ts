// Instruction sets of a processor -> the integer form that is right and fastest there, and why.

import type { CpuFeatures } from '#common/cpu-features.js';
import { amx } from './amx.js';
import { boundedPairs } from './bounded-pairs.js';
import { eightBits } from './eight-bits.js';
import type { IntegerForm } from './form.js';

interface InstructionSet {
  readonly name: string;
  readonly form: IntegerForm;
  /** Goes on from "the processor". */
  readonly reason: string;
  /** Whether integers were found faster than floats there, or can only be: four products of bytes in one instruction. */
  readonly isFaster: boolean;
  readonly matches: (cpu: Pick<CpuFeatures, 'architecture' | 'flags'>) => boolean;
}

export interface ChosenForm {
  /** Of the instructions that run it. */
  readonly name: string;
  readonly form: IntegerForm;
  readonly reason: string;
  readonly isFaster: boolean;
}

const x86 =
  (...flags: string[]): InstructionSet['matches'] =>
  (cpu) =>
    cpu.architecture === 'x64' && (flags.length === 0 || flags.some((flag) => cpu.flags.has(flag)));

/** The first that matches is taken. */
const instructionSets: readonly InstructionSet[] = [
  {
    name: 'amx',
    form: amx,
    reason: 'the processor has AMX',
    isFaster: true,
    matches: x86('amx_int8'),
  },
  {
    name: 'vnni',
    // VNNI adds in 32 bits and could take any weights: these are as fast, and as near to the floats.
    form: boundedPairs,
    reason: 'the processor has VNNI, and so answers as those without it do',
    isFaster: true,
    matches: x86('avx512_vnni', 'avx_vnni'),
  },
  {
    name: 'avx512',
    form: boundedPairs,
    reason: 'the processor has no VNNI and adds pairs in 16 bits',
    isFaster: true,
    matches: x86('avx512bw'),
  },
  {
    name: 'avx2',
    form: boundedPairs,
    reason: 'the processor has no VNNI and adds pairs in 16 bits',
    isFaster: true,
    matches: x86('avx2'),
  },
  {
    name: 'dot-product',
    form: boundedPairs,
    reason: 'the processor has the dot product of Armv8.2, and so answers as x86 processors do',
    isFaster: true,
    matches: ({ architecture, flags }) => architecture === 'arm64' && flags.has('asimddp'),
  },
  {
    name: 'neon',
    form: boundedPairs,
    reason: 'the processor has no dot product, and so answers as others do',
    isFaster: false,
    matches: ({ architecture }) => architecture === 'arm64',
  },
  {
    name: 'unknown',
    form: boundedPairs,
    reason: 'it is right on every processor, and nothing more is known of this one',
    isFaster: false,
    matches: () => true,
  },
];

/** @param provider who runs the network: all but `cpu` are no matter of the processor's */
export function chooseForm(provider: string, cpu: Pick<CpuFeatures, 'architecture' | 'flags'>): ChosenForm {
  if (provider !== 'cpu')
    return {
      name: provider,
      form: eightBits,
      reason: `provider ${provider} adds in 32 bits`,
      isFaster: false,
    };
  return instructionSets.find(({ matches }) => matches(cpu))!;
}

/**
 * Those whose sums this processor's own kernels leave right, so that what they lose can be measured here. Bounded pairs
 * are right everywhere.
 */
export function formsRightHere({
  architecture,
  flags,
}: Pick<CpuFeatures, 'architecture' | 'flags'>): IntegerForm[] {
  if (architecture === 'arm64') return [boundedPairs, eightBits];
  const addsIn32Bits = ['amx_int8', 'avx512_vnni', 'avx_vnni'].some((flag) => flags.has(flag));
  return architecture === 'x64' && addsIn32Bits ? [boundedPairs, eightBits, amx] : [boundedPairs];
}

/** One line for who wants to know. */
export function formText({ name, form, reason }: ChosenForm): string {
  return `int8 form: ${name}, ${form.weights}: ${reason}`;
}
