// cspcam engines build: the vendor's libraries of this machine -> an engine where the agent looks for it.

import { execFile, spawn } from 'node:child_process';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { CspcamError, expected } from '#common/errors.js';
import { engineDirectories, MACHINE_ENGINES } from '#common/folders.js';
import { makeFolder } from '#common/make-folder.js';
import { packageFile } from '#common/package.js';
import { writeWhole } from '#common/write-file.js';
import { describeEngine } from '../../../models/runtime/engines/describe.js';
import { type EngineName, programName } from '../../../models/runtime/engines/registry.js';
import { SYSTEM_CALLS } from '../../../models/runtime/engines/system-calls.js';
import { print } from '../models/text.js';

interface Vendor {
  /** Of the Makefile. */
  readonly variable: string;
  /** Which headers tell that it is there; relative, any of them. */
  readonly headers: readonly string[];
  readonly places: () => Promise<readonly string[]>;
  readonly advice: string;
}

const SOURCES = packageFile('models/runtime/engines/native');

const VENDORS: Readonly<Record<EngineName, Vendor>> = {
  openvino: {
    variable: 'OPENVINO',
    headers: ['include/openvino/openvino.hpp'],
    places: async () => [...(await pythonPackage()), '/usr', '/opt/intel/openvino/runtime'],
    advice:
      'python3 -m venv DIR && DIR/bin/pip install openvino, then --from DIR/lib/python3.*/site-packages/openvino',
  },
  tensorrt: {
    variable: 'TENSORRT',
    headers: [
      'include/NvInfer.h',
      'include/aarch64-linux-gnu/NvInfer.h',
      'include/x86_64-linux-gnu/NvInfer.h',
    ],
    places: async () => ['/usr'],
    advice: 'sudo apt-get install libnvinfer-dev libnvonnxparsers-dev cuda-cudart-dev-* on a Jetson',
  },
};

const LAST_LINES = 5;

export async function buildEngine(
  name: EngineName,
  { from, out }: { from?: string; out?: string },
  signal: AbortSignal,
): Promise<void> {
  const vendor = VENDORS[name];
  const place = await placeOf(name, vendor, from);
  const directory = resolve(out ?? (process.getuid?.() === 0 ? MACHINE_ENGINES : engineDirectories()[0]!));
  // Said before the compiler has worked for it.
  await makeFolder(directory).catch((error: NodeJS.ErrnoException) => {
    throw expected('a folder that can be written', directory, error.code, error);
  });
  const temporary = await mkdtemp(join(tmpdir(), 'cspcam-engine-'));
  try {
    await make([name, `OUT=${temporary}`, `${vendor.variable}=${place}`], signal);
    const built = join(temporary, programName(name));
    const { version, devices } = await describeEngine({ name, file: built });
    const file = join(directory, programName(name));
    await writeWhole(join(directory, SYSTEM_CALLS), await readFile(join(temporary, SYSTEM_CALLS)));
    await writeWhole(file, await readFile(built), { mode: 0o755 });
    print(`${file}: ${name} ${version}, ${devices.join(', ')}`);
    if (!engineDirectories().includes(directory))
      print(`the agent looks for it there with CSPCAM_ENGINES=${directory} in its environment`);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function placeOf(
  name: EngineName,
  { headers, places, advice }: Vendor,
  from?: string,
): Promise<string> {
  const asked = from === undefined ? await places() : [resolve(from)];
  for (const place of asked)
    for (const header of headers) if (await access(join(place, header)).then(yes, no)) return place;
  throw expected(
    `${headers.join(' or ')} in ${asked.join(' or ')} (${advice})`,
    `cspcam engines build ${name}`,
    'none',
  );
}

/** Whichever Python is first in PATH may have it. */
async function pythonPackage(): Promise<string[]> {
  const program = 'import os, openvino; print(os.path.dirname(openvino.__file__))';
  const { stdout } = await promisify(execFile)('python3', ['-c', program]).catch(() => ({ stdout: '' }));
  return stdout.trim() === '' ? [] : [stdout.trim()];
}

/** @throws CspcamError with the last lines of what it said */
function make(args: readonly string[], signal: AbortSignal): Promise<void> {
  const child = spawn('make', ['-C', SOURCES, ...args], { stdio: ['ignore', 'ignore', 'pipe'], signal });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000);
  });
  return new Promise((done, failed) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (signal.aborted) return failed(signal.reason as Error);
      failed(
        expected(
          'make and a C++ compiler (apt-get install g++ make)',
          'PATH',
          error.code ?? error.message,
          error,
        ),
      );
    });
    child.once('close', (code) => {
      const lines = said.trim().split('\n').slice(-LAST_LINES).join('\n  ');
      if (code === 0) done();
      else
        failed(
          new CspcamError(`expected make to compile the engine, received exit code ${code}:\n  ${lines}`),
        );
    });
  });
}

const yes = () => true;
const no = () => false;
