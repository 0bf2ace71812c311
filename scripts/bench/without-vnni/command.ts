// A command -> the same command on a processor that lacks some instructions, as far as ONNX Runtime and we can tell.
//
// ONNX Runtime asks the processor once which kernels it may use. In a copy of its library every `cpuid` becomes a
// breakpoint, which a small library answers with some bits taken away. What runs is native code at full speed: kernels
// of the older processor on the clock, caches and memory of this one.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { CspcamError, expected } from '#common/errors.js';
import { packageFile } from '#common/package.js';
import { act, newCommand } from '../../../agent/cli/command.js';

interface Processor {
  /** Bits of CPUID that it lacks: EBX, ECX and EDX of leaf 7, EAX of its subleaf 1. */
  readonly masked: readonly number[];
  /** Its words for them in /proc/cpuinfo. */
  readonly words: RegExp;
}

const bits = (...numbers: number[]) => numbers.reduce((sum, bit) => sum + 2 ** bit, 0);
/** Beside VNNI itself: AVX512-FP16, AMX and BF16. */
const VNNI = { ecx: bits(11), edx: bits(22, 23, 24, 25), eax1: bits(4, 5) };
const AVX512 = { ebx: bits(16, 17, 21, 26, 27, 28, 30, 31), ecx: bits(1, 6, 11, 12, 14), edx: bits(2, 3, 8) };
const PROCESSORS = {
  avx2: {
    masked: [AVX512.ebx, AVX512.ecx, AVX512.edx + VNNI.edx, VNNI.eax1],
    words: /\b(avx512\w*|avx_vnni\w*|amx_\w+)\s?/g,
  },
  avx512: {
    masked: [0, VNNI.ecx, VNNI.edx, VNNI.eax1],
    words: /\b(avx512_(vnni|bf16|fp16)|avx_vnni\w*|amx_\w+)\s?/g,
  },
} satisfies Record<string, Processor>;

export function withoutVnniCommand(): Command {
  return newCommand('without-vnni', {
    summary:
      'a command with ONNX Runtime as on a processor without VNNI; needs gcc and objdump, Linux on x86-64',
    examples: [
      'npm run bench -- without-vnni node dist/agent/cli/main.js models eval my-int8 --data annotations.json',
      'npm run bench -- without-vnni --as avx512 npx vitest run --project unit test/unit/models/quantize',
    ],
  })
    .addOption(
      new Option(
        '--as <processor>',
        'avx2: as a Core i9-9900K or an EPYC before Zen 4; avx512: as a Xeon before Cascade Lake',
      )
        .choices(Object.keys(PROCESSORS))
        .default('avx2'),
    )
    .argument('<command>', 'program to run; its optimized networks are kept in a temporary folder')
    .argument('[arguments...]', 'its arguments, options too')
    .passThroughOptions()
    .action(act(run));
}

async function run(
  command: string,
  args: readonly string[],
  options: { as: keyof typeof PROCESSORS },
): Promise<void> {
  const { masked, words } = PROCESSORS[options.as];
  const folder = await mkdtemp(join(tmpdir(), 'without-vnni-'));
  try {
    const copy = join(folder, 'libonnxruntime.so.1');
    await writeFile(copy, await withBreakpoints(libraryFile()));
    const answers = join(folder, 'masked-cpuid.so');
    const source = packageFile('scripts/bench/without-vnni/masked-cpuid.c');
    output('gcc', ['-O2', '-Wall', '-Werror', '-shared', '-fPIC', '-o', answers, source, '-ldl']);
    const cpuinfo = join(folder, 'cpuinfo');
    await writeFile(cpuinfo, (await readFile('/proc/cpuinfo', 'utf8')).replace(words, ''));
    const child = spawn(command, args, {
      stdio: 'inherit',
      env: {
        ...process.env,
        LD_PRELOAD: `${answers}:${copy}`,
        MASKED: masked.map((word) => word.toString(16)).join(' '),
        CPUINFO: cpuinfo,
        CACHE_DIRECTORY: join(folder, 'networks'),
      },
    });
    const [code] = (await once(child, 'exit').catch((error: Error) => {
      throw expected('a program that can be started', 'command', error.message, error);
    })) as [number | null];
    process.exitCode = code ?? 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function libraryFile(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  return join(folder, 'bin/napi-v6/linux/x64/libonnxruntime.so.1');
}

/** `cpuid` (0f a2) -> `int3; nop`, where the disassembler finds the instruction: the bytes occur elsewhere too. */
async function withBreakpoints(library: string): Promise<Buffer> {
  const bytes = await readFile(library);
  const disassembly = output('objdump', ['-d', '-w', '--no-show-raw-insn', library]);
  const text = /^\s*\d+ \.text\s+\w+\s+(\w+)\s+\w+\s+(\w+)/m.exec(output('objdump', ['-h', library]));
  if (text === null) throw expected('a section .text', library, 'none');
  const [address, offset] = [Number.parseInt(text[1]!, 16), Number.parseInt(text[2]!, 16)];
  for (const [, at] of disassembly.matchAll(/^\s*([0-9a-f]+):\s+cpuid\b/gm)) {
    const place = Number.parseInt(at!, 16) - address + offset;
    if (bytes.readUInt16BE(place) !== 0x0fa2) throw expected('cpuid', `${library} at ${at}`, 'other bytes');
    bytes.writeUInt16BE(0xcc90, place);
  }
  return bytes;
}

/** What a tool prints. @throws CspcamError for one that is missing or fails */
function output(tool: string, args: readonly string[]): string {
  try {
    return execFileSync(tool, args, { encoding: 'utf8', maxBuffer: 2 ** 31 });
  } catch (error) {
    throw new CspcamError(`expected ${tool} to work, received ${(error as Error).message}`, { cause: error });
  }
}
