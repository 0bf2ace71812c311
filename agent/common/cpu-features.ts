// /proc/cpuinfo -> what the processor can do, as far as the choice and the speed of kernels depend on it.

import { readFile } from 'node:fs/promises';
import { arch, cpus } from 'node:os';

export interface CpuFeatures {
  /** As Node names it: `x64`, `arm64`. */
  readonly architecture: string;
  /** What the kernel calls the first core; cores of other models on the same chip have the same instructions. */
  readonly model: string;
  /** Instruction sets in the kernel's words, as `avx512_vnni` or `asimddp`; empty where it does not tell. */
  readonly flags: ReadonlySet<string>;
}

export async function readCpuFeatures(file = '/proc/cpuinfo'): Promise<CpuFeatures> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const [first = ''] = text.split(/\n\s*\n/, 1);
  const linesOf = (keys: RegExp) => first.split('\n').filter((line) => keys.test(line));
  const [flags = ''] = linesOf(/^(flags|Features)\s*:/);
  const model = linesOf(/^(model name|CPU (implementer|variant|part))\s*:/).map((line) =>
    line.split(':', 2)[1]!.trim(),
  );
  return {
    architecture: arch(),
    model: model.length > 0 ? model.join(' ') : (cpus()[0]?.model ?? ''),
    flags: new Set(flags.replace(/^.*?:/, '').split(' ').filter(Boolean)),
  };
}
