// Public headers of TensorRT -> the engine, compiled as on a board, and a stub of the libraries that it is linked to.
//
// The headers are in no package that a registry has: CSPCAM_TENSORRT_HEADERS names a folder that fetch-headers.sh fills.

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { EngineProgram } from '../../../models/runtime/engines/engine-process.js';
import { unstubbed } from './unstubbed.js';

const here = import.meta.dirname;
export const NATIVE = resolve(here, '../../../models/runtime/engines/native');
const HEADERS = process.env['CSPCAM_TENSORRT_HEADERS'];
/** Of JetPack 4.6, 5 and 6. */
export const VERSIONS = ['8.2', '8.5', '10'] as const;
export const SANITIZED = '-g -fsanitize=address,undefined -fno-sanitize-recover=undefined';

const run = promisify(execFile);
const include = (version: string) => [
  ...['-isystem', join(HEADERS!, version)],
  ...['-isystem', join(HEADERS!, 'cuda')],
];

export const hasHeaders = (version: string) =>
  HEADERS !== undefined && existsSync(join(HEADERS, version, 'NvInfer.h'));

/** As strictly as can be; @returns what the compiler says */
export async function compile(compiler: string, version: string, source: string): Promise<string> {
  const warnings = ['-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wconversion', '-Werror'];
  const args = ['-std=c++14', '-fsyntax-only', ...warnings, ...include(version), join(NATIVE, source)];
  const { stderr } = await run(compiler, args).catch((error: { stderr: string }) => error);
  return stderr;
}

export interface Stubbed {
  /** @param faults words that the stub knows @param environment more of it */
  program(faults?: readonly string[], environment?: readonly string[]): EngineProgram;
  /** Where the stub's libraries lie. */
  readonly libraries: string;
  /** What the stub has noted down. */
  readonly notes: string;
}

/** @param flags for compiler and linker */
export async function buildStubbed(version: string, flags = ''): Promise<Stubbed> {
  const folder = await mkdtemp(join(tmpdir(), 'stub-tensorrt-'));
  const libraries = join(folder, 'lib');
  await mkdir(libraries);
  const read = (name: string) => readFileSync(join(HEADERS!, version, name), 'utf8');
  await writeFile(join(folder, 'unstubbed.hpp'), unstubbed(read));
  const sources = ['tensorrt.cpp', 'cuda.cpp'].map((name) => join(here, name));
  // Its unused parameters are no matter of the engine's.
  const asLibrary = [
    '-std=c++17',
    '-w',
    '-fPIC',
    '-shared',
    `-I${folder}`,
    '-o',
    join(libraries, 'libnvinfer.so'),
  ];
  await run('g++', [...asLibrary, ...include(version), ...sources, ...flags.split(' ').filter(Boolean)]);
  await run('make', [
    ...['-C', NATIVE, 'tensorrt', `OUT=${folder}`, `CXXFLAGS=-O1 ${flags}`],
    `TENSORRT_HEADERS=${include(version).join(' ')}`,
    ...[`TENSORRT_FOLDERS=${libraries}`, 'TENSORRT_LIBRARIES=-lnvinfer'],
  ]);
  const notes = join(folder, 'notes');
  const program = (faults: readonly string[] = [], environment: readonly string[] = []) => ({
    name: 'tensorrt',
    file: '/usr/bin/env',
    args: [
      `STUB_TENSORRT=${faults.map((word) => `${word},`).join('')}`,
      ...[`STUB_TENSORRT_NOTES=${notes}`, ...environment, join(folder, 'cspcam-engine-tensorrt')],
    ],
  });
  return { program, libraries, notes };
}
