#!/usr/bin/env node
// A command -> the same command on a processor that lacks some instructions, as far as ONNX Runtime and we can tell.
//
// ONNX Runtime asks the processor once which kernels it may use. In a copy of its library every `cpuid` becomes a
// breakpoint, which a small library answers with some bits taken away. What runs is native code at full speed: kernels
// of the older processor on the clock, caches and memory of this one.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const help = `usage: node scripts/bench/without-vnni.mjs [--as avx2 | avx512] COMMAND [ARGUMENT...]

  --as  avx2 (default): no AVX-512, AVX-VNNI or AMX, as a Core i9-9900K or an EPYC before Zen 4
        avx512: AVX-512 without VNNI or AMX, as a Xeon before Cascade Lake

Needs gcc and objdump (binutils), on Linux on x86-64. Optimized networks are kept in a temporary folder.

Example:
  node scripts/bench/without-vnni.mjs node dist/agent/cli/main.js models eval my-int8 --data annotations.json
`;

const bits = (...numbers) => numbers.reduce((sum, bit) => sum + 2 ** bit, 0);
const VNNI = { ecx: bits(11), edx: bits(22, 23, 24, 25), eax1: bits(4, 5) }; // also AVX512-FP16, AMX and BF16
const AVX512 = { ebx: bits(16, 17, 21, 26, 27, 28, 30, 31), ecx: bits(1, 6, 11, 12, 14), edx: bits(2, 3, 8) };
/** By processor: bits of CPUID leaf 7 that it lacks, and its words in /proc/cpuinfo for them. */
const processors = {
  avx2: {
    masked: [AVX512.ebx, AVX512.ecx, AVX512.edx + VNNI.edx, VNNI.eax1],
    words: /\b(avx512\w*|avx_vnni\w*|amx_\w+)\s?/g,
  },
  avx512: {
    masked: [0, VNNI.ecx, VNNI.edx, VNNI.eax1],
    words: /\b(avx512_(vnni|bf16|fp16)|avx_vnni\w*|amx_\w+)\s?/g,
  },
};

const { values, tokens } = parseArgs({
  allowPositionals: true,
  strict: false,
  tokens: true,
  options: { help: { type: 'boolean' }, as: { type: 'string', default: 'avx2' } },
});
const first = tokens.find(({ kind }) => kind === 'positional');
const processor = processors[values.as];
if (!first || !processor) {
  process.stdout.write(help);
  process.exit(values.help ? 0 : 2);
}
const command = process.argv.slice(2 + first.index);

const folder = mkdtempSync(join(tmpdir(), 'without-vnni-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const root = new URL('../../', import.meta.url).pathname;
const library = join(root, 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64', 'libonnxruntime.so.1');
const copy = join(folder, 'libonnxruntime.so.1');
writeFileSync(copy, withBreakpoints(readFileSync(library)));
const answers = join(folder, 'masked-cpuid.so');
execFileSync('gcc', [
  '-O2',
  '-Wall',
  '-Werror',
  '-shared',
  '-fPIC',
  '-o',
  answers,
  join(root, 'scripts/bench/without-vnni/masked-cpuid.c'),
  '-ldl',
]);
const cpuinfo = join(folder, 'cpuinfo');
writeFileSync(cpuinfo, readFileSync('/proc/cpuinfo', 'utf8').replace(processor.words, ''));

const child = spawn(command[0], command.slice(1), {
  stdio: 'inherit',
  env: {
    ...process.env,
    LD_PRELOAD: `${answers}:${copy}`,
    MASKED: processor.masked.map((word) => word.toString(16)).join(' '),
    CPUINFO: cpuinfo,
    CACHE_DIRECTORY: join(folder, 'networks'),
  },
});
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : code;
});

/** `cpuid` (0f a2) -> `int3; nop`, where the disassembler finds the instruction: the bytes occur elsewhere too. */
function withBreakpoints(bytes) {
  const disassembly = execFileSync('objdump', ['-d', '-w', '--no-show-raw-insn', library], {
    encoding: 'utf8',
    maxBuffer: 2 ** 31,
  });
  const text = /^\s*\d+ \.text\s+\w+\s+(\w+)\s+\w+\s+(\w+)/m.exec(
    execFileSync('objdump', ['-h', library], { encoding: 'utf8' }),
  );
  const [address, offset] = [parseInt(text[1], 16), parseInt(text[2], 16)];
  for (const [, at] of disassembly.matchAll(/^\s*([0-9a-f]+):\s+cpuid\b/gm)) {
    const place = parseInt(at, 16) - address + offset;
    if (bytes.readUInt16BE(place) !== 0x0fa2) throw new Error(`expected cpuid at ${at}`);
    bytes.writeUInt16BE(0xcc90, place);
  }
  return bytes;
}
