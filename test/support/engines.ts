// Engines for tests: the reference one in Node, and the real OpenVINO where its libraries are.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { EngineProgram } from '../../models/runtime/engines/engine-process.js';
import { type EngineName, programName } from '../../models/runtime/engines/registry.js';
import { argumentsOf, childrenOf } from './processes.js';

const root = resolve(import.meta.dirname, '../..');
const REFERENCE = join(root, 'dist/models/runtime/engines/reference.js');

/** ONNX Runtime in a process of its own. */
export const referenceEngine: EngineProgram = {
  name: 'reference',
  file: process.execPath,
  args: [REFERENCE],
};

/** The same with the library beside it by which the agent waits on its thread, compiled here. */
export async function referenceWithCalls(): Promise<EngineProgram> {
  const folder = await referenceAs('openvino');
  execFileSync('make', ['-C', join(root, 'models/runtime/engines/native'), 'system-calls', `OUT=${folder}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return { name: 'reference', file: join(folder, programName('openvino')) };
}

/** A folder for CSPCAM_ENGINES in which the reference engine bears the name of another. */
export async function referenceAs(name: EngineName): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'engines-'));
  const file = join(folder, programName(name));
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${REFERENCE}'\n`);
  await chmod(file, 0o755);
  return folder;
}

/**
 * OpenVINO's headers and libraries are on PyPI and in Intel's packages alone, which a machine that runs the tests need not
 * reach: CSPCAM_OPENVINO names them, or Python has them.
 */
export function openvinoHere(): string | undefined {
  const named = process.env['CSPCAM_OPENVINO'];
  if (named) return named;
  const program = 'import os, openvino; print(os.path.dirname(openvino.__file__))';
  const { status, stdout } = spawnSync('python3', ['-c', program], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Compiled as users do it. @returns a folder for CSPCAM_ENGINES */
export async function buildOpenvino(from: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'engines-'));
  const program = join(root, 'dist/agent/cli/main.js');
  execFileSync(process.execPath, [program, 'engines', 'build', 'openvino', '--from', from, '--out', folder]);
  return folder;
}

/** Process ids of the engines that this process has started. */
export async function enginesOf(pid: number): Promise<number[]> {
  const children = await childrenOf(pid);
  const named = await Promise.all(
    children.map(async (child) => [child, (await argumentsOf(child)).join(' ')] as const),
  );
  return named.flatMap(([child, words]) => (/reference\.js|cspcam-engine-/.test(words) ? child : []));
}
