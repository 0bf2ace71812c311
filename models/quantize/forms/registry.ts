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
  readonly matches: (cpu: Pick<CpuFeatures, 'architecture' | 'flags'>) => boolean;
}

export interface ChosenForm {
  /** Of the instructions that run it. */
  readonly name: string;
  readonly form: IntegerForm;
  readonly reason: string;
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
    matches: x86('amx_int8'),
  },
  {
    name: 'vnni',
    // VNNI adds in 32 bits and could take any weights: these are as fast, and as near to the floats.
    form: boundedPairs,
    reason: 'the processor has VNNI, and so answers as those without it do',
    matches: x86('avx512_vnni', 'avx_vnni'),
  },
  {
    name: 'avx512',
    form: boundedPairs,
    reason: 'the processor has no VNNI and adds pairs in 16 bits',
    matches: x86('avx512bw'),
  },
  {
    name: 'avx2',
    form: boundedPairs,
    reason: 'the processor has no VNNI and adds pairs in 16 bits',
    matches: x86('avx2'),
  },
  {
    name: 'dot-product',
    form: eightBits,
    reason: 'the processor has the dot product of Armv8.2, which adds in 32 bits',
    matches: ({ architecture, flags }) => architecture === 'arm64' && flags.has('asimddp'),
  },
  {
    name: 'neon',
    form: eightBits,
    reason: 'the processor has no dot product, and Neon has room for pairs of bytes less 128 in 16 bits',
    matches: ({ architecture }) => architecture === 'arm64',
  },
  {
    name: 'unknown',
    form: boundedPairs,
    reason: 'it is right on every processor, and nothing more is known of this one',
    matches: () => true,
  },
];

/** @param provider who runs the network: all but `cpu` are no matter of the processor's */
export function chooseForm(provider: string, cpu: Pick<CpuFeatures, 'architecture' | 'flags'>): ChosenForm {
  if (provider !== 'cpu')
    return { name: provider, form: eightBits, reason: `provider ${provider} adds in 32 bits` };
  return instructionSets.find(({ matches }) => matches(cpu))!;
}

/** One line for who wants to know. */
export function formText({ name, form, reason }: ChosenForm): string {
  return `int8 form: ${name}, ${form.weights}: ${reason}`;
}
