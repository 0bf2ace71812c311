// inference.provider auto, engines that work, fail or are not there -> what runs, what is kept, what is said.

import { execFile } from 'node:child_process';
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { type DetectorInput, openerOf } from '../../../../agent/inference/detector-of.js';
import { fastestProvider } from '../../../../agent/inference/provider.js';
import type { Setup } from '../../../../agent/inference/setup.js';
import { readModelFolder } from '../../../../models/folder/folder.js';
import { openDetector } from '../../../../models/runtime/open.js';
import { brightModel } from '../../../support/bright-model.js';
import { enginesOf, referenceAs, referenceWithCalls } from '../../../support/engines.js';

const program = resolve(import.meta.dirname, '../../../../dist/agent/cli/main.js');
const temporary = (name: string) => mkdtemp(join(tmpdir(), `${name}-`));

const { CSPCAM_ENGINES } = process.env;
afterEach(() => {
  process.env['CSPCAM_ENGINES'] = CSPCAM_ENGINES;
});

/** Of the one network that was measured. @returns the times before */
async function changeKept(file: string, times: Record<string, number>): Promise<Record<string, number>> {
  const [[key, known]] = Object.entries(JSON.parse(await readFile(file, 'utf8'))) as [
    [string, { times: Record<string, number> }],
  ];
  await writeFile(file, JSON.stringify({ [key]: { ...known, times } }));
  return known.times;
}

/** A folder for CSPCAM_ENGINES with a program that is no engine, and a file in which each start of it leaves a line. */
async function brokenEngine(): Promise<{ readonly folder: string; readonly starts: string }> {
  const folder = await temporary('engines');
  const starts = join(folder, 'starts');
  const file = join(folder, 'cspcam-engine-openvino');
  await appendFile(starts, '');
  await writeFile(
    file,
    `#!/bin/sh\necho x >> '${starts}'\necho 'libopenvino.so: no such file' >&2\nexit 127\n`,
  );
  await chmod(file, 0o755);
  return { folder, starts };
}

test('without an engine nothing is measured', async () => {
  process.env['CSPCAM_ENGINES'] = await temporary('none');
  const folder = await readModelFolder(await brightModel());
  const cache = join(await temporary('cache'), 'not-there');
  const chosen = await fastestProvider(folder, { threads: 1, cache });
  expect(chosen).toEqual({
    provider: 'cpu',
    providerReason: 'cpu: no engine is installed (cspcam engines list)',
  });
  await expect(readFile(join(cache, 'providers.json'))).rejects.toThrow('ENOENT');
});

test('what was measured is kept for the next start, and measured anew where the file is damaged', async () => {
  process.env['CSPCAM_ENGINES'] = await referenceAs('openvino');
  const folder = await readModelFolder(await brightModel());
  const cache = await temporary('cache');
  const file = join(cache, 'providers.json');
  const first = await fastestProvider(folder, { threads: 1, cache });
  expect(first.providerReason).toMatch(
    /^(cpu|openvino): measured here, ms a frame: cpu [\d.]+, openvino [\d.]+$/,
  );
  const times = await changeKept(file, { cpu: 999, openvino: 111 });
  expect(Object.keys(times)).toEqual(['cpu', 'openvino']);
  expect((await fastestProvider(folder, { threads: 1, cache })).provider).toBe('openvino');
  // Another number of threads is another matter.
  expect((await fastestProvider(folder, { threads: 2, cache })).providerReason).not.toContain('999.0');
  await writeFile(file, '{"half": ');
  expect((await fastestProvider(folder, { threads: 1, cache })).providerReason).not.toContain('999.0');
});

test('an engine that fails is passed over, said why, and not tried at each start', async () => {
  const { folder: engines, starts } = await brokenEngine();
  process.env['CSPCAM_ENGINES'] = engines;
  const folder = await readModelFolder(await brightModel());
  const cache = await temporary('cache');
  const notices: string[] = [];
  const options = { threads: 1, cache, onNotice: (notice: string) => notices.push(notice) };
  expect((await fastestProvider(folder, options)).provider).toBe('cpu');
  expect(notices).toEqual([
    expect.stringMatching(/^passed over openvino: .*exit code 127: libopenvino.so: no such file$/),
  ]);
  const tried = await readFile(starts, 'utf8');
  expect(tried).toBe('x\n');
  const again = await fastestProvider(folder, options);
  expect(again.provider).toBe('cpu');
  expect(again.providerReason).toMatch(/; openvino failed: .*exit code 127: libopenvino.so: no such file$/);
  expect(await readFile(starts, 'utf8')).toBe(tried);
});

/** @returns a folder with an engine that works unless `broken` lies beside it */
async function breakableEngine(): Promise<string> {
  const engines = await referenceAs('openvino');
  process.env['CSPCAM_ENGINES'] = engines;
  const [file, real] = [join(engines, 'cspcam-engine-openvino'), join(engines, 'reference')];
  await rename(file, real);
  await writeFile(file, `#!/bin/sh\n[ -e '${engines}/broken' ] && exit 127\nexec '${real}'\n`);
  await chmod(file, 0o755);
  return engines;
}

test.each([
  ['an hour later', 3_600_000],
  ['once the clock has been set back', -3_600_000],
])('an engine that has failed is tried again %s', async (_when, laterMs) => {
  const engines = await breakableEngine();
  await writeFile(join(engines, 'broken'), '');
  const model = await readModelFolder(await brightModel());
  const options = { threads: 1, cache: await temporary('cache') };
  const [failedAtMs, measured] = [1_700_000_000_000, /, openvino [\d.]+$/];
  const reasonAt = async (ms: number) => (await fastestProvider(model, options, () => ms)).providerReason;
  expect(await reasonAt(failedAtMs)).toMatch(/; openvino failed: .*exit code 127$/);
  await rm(join(engines, 'broken'));
  expect(await reasonAt(failedAtMs + 1000)).toMatch(/; openvino failed: /);
  expect(await reasonAt(failedAtMs + laterMs)).toMatch(measured);
  await writeFile(join(engines, 'broken'), '');
  expect(await reasonAt(failedAtMs + 10 * laterMs)).toMatch(measured);
});

test('one that is asked for and missing is an error that says how to get it', async () => {
  process.env['CSPCAM_ENGINES'] = '/nonexistent';
  const folder = await readModelFolder(await brightModel());
  await expect(openDetector(folder, { provider: 'openvino', threads: 1, minScore: 0.3 })).rejects.toThrow(
    'expected cspcam-engine-openvino in /nonexistent (cspcam engines build openvino) for provider openvino, received none',
  );
});

test('what runs is told with how the engine computes', async () => {
  process.env['CSPCAM_ENGINES'] = await referenceAs('openvino');
  const folder = await readModelFolder(await brightModel());
  const detector = await openDetector(folder, { provider: 'openvino', threads: 1, minScore: 0.3 });
  expect(detector.provider).toBe('openvino');
  expect(detector.network.form).toMatch(/^reference [\d.]+ on CPU computes in f32$/);
  await detector.close();
});

test('the folder for what an engine builds is made, however much of the path is missing', async () => {
  process.env['CSPCAM_ENGINES'] = await referenceAs('openvino');
  const folder = await readModelFolder(await brightModel());
  const cache = join(await temporary('home'), '.cache', 'cspcam');
  const detector = await openDetector(folder, { provider: 'openvino', threads: 1, minScore: 0.3, cache });
  await detector.close();
  expect(await readdir(cache)).toEqual(['openvino']);
});

test('an engine works where no folder can be made for what it builds, and says so', async () => {
  process.env['CSPCAM_ENGINES'] = await referenceAs('openvino');
  const folder = await readModelFolder(await brightModel());
  const file = join(await temporary('home'), 'file');
  await writeFile(file, '');
  const notices: string[] = [];
  const onNotice = (notice: string) => notices.push(notice);
  const how = { provider: 'openvino', threads: 1, minScore: 0.3 };
  const detector = await openDetector(folder, { ...how, cache: join(file, 'cache'), onNotice });
  await detector.close();
  expect(notices).toEqual([
    `expected to keep what openvino builds in ${join(file, 'cache/openvino')}, received ENOTDIR`,
  ]);
});

async function memoryFiles(): Promise<string[]> {
  const links = (await readdir('/proc/self/fd')).map((name) =>
    readlink(`/proc/self/fd/${name}`).catch(() => ''),
  );
  return (await Promise.all(links)).filter((target) => /cspcam.*\(deleted\)/.test(target));
}

test.each<[string, () => Promise<string>]>([
  ['the event loop', () => referenceAs('openvino')],
  ['its thread', async () => dirname((await referenceWithCalls()).file)],
])('a detector that waits by %s is closed while its engine is stopped', async (_how, engines) => {
  process.env['CSPCAM_ENGINES'] = await engines();
  const folder = await readModelFolder(await brightModel());
  const detector = await openDetector(folder, { provider: 'openvino', threads: 1, minScore: 0.3 });
  const [pid] = await enginesOf(process.pid);
  process.kill(pid!, 'SIGSTOP');
  // Engines in C++ die with who started them, also where they are stopped; Node has no call for that.
  onTestFinished(() => void process.kill(pid!, 'SIGKILL'));
  const { width, height } = folder.description.input;
  // The limit of a first frame is 30 s: nobody waits for that.
  const failed = expect(detector.detect(new ArrayBuffer(3 * width * height))).rejects.toThrow('has ended');
  await detector.close();
  await failed;
  expect(await memoryFiles()).toEqual([]);
});

/** An engine that takes its time: the reference one, after saying how far it is. */
async function slowEngine(): Promise<string> {
  const folder = await referenceAs('openvino');
  const [file, slow] = [join(folder, 'cspcam-engine-openvino'), join(folder, 'reference')];
  await rename(file, slow);
  const says = [0, 5, 40, 41, 100]
    .map((percent) => `echo progress stage=build percent=${percent} >&3`)
    .join('; ');
  // The agent hears these words before the engine's own hello, as it hears those of a build after it.
  await writeFile(file, `#!/bin/sh\n${says}\nexec '${slow}'\n`);
  await chmod(file, 0o755);
  return folder;
}

test('how far a build is goes to the log and to who asks, in steps', async () => {
  process.env['CSPCAM_ENGINES'] = await slowEngine();
  const model = await readModelFolder(await brightModel());
  const config = {
    minScore: 0.3,
    cameras: {},
    inference: { provider: 'openvino', precision: 'auto', oneLabelOf: [] },
  };
  const lines: object[] = [];
  const words: (string | undefined)[] = [];
  const open = openerOf({ config, model, execution: { sessions: 1, threads: 1 } } as unknown as Setup, {
    cache: await temporary('cache'),
    log: { info: (what: object) => lines.push(what), warn: () => {} } as unknown as DetectorInput['log'],
    onBuilding: (said) => words.push(said),
  });
  await (await open(new AbortController().signal)).close();
  expect(lines).toEqual([0, 40, 100].map((percent) => ({ stage: 'build', percent })));
  expect(words).toEqual([
    ...[0, 40, 100].map((percent) => `building the engine: build ${percent}%`),
    undefined,
  ]);
});

test('an engine that was the fastest and works no more: auto goes on with the CPU, and says so', async () => {
  const engines = await breakableEngine();
  const model = await readModelFolder(await brightModel());
  const cache = await temporary('cache');
  const config = {
    minScore: 0.3,
    cameras: {},
    inference: { provider: 'auto', precision: 'auto', oneLabelOf: [] },
  };
  const setup = { config, model, execution: { sessions: 1, threads: 1 } } as unknown as Setup;
  const warnings: string[] = [];
  const log = {
    info: () => {},
    warn: (text: string) => warnings.push(text),
  } as unknown as DetectorInput['log'];
  await fastestProvider(model, { threads: 1, cache, precision: 'auto' });
  const kept = join(cache, 'providers.json');
  await changeKept(kept, { cpu: 999, openvino: 111 });

  const open = openerOf(setup, { cache, log });
  const working = await open(new AbortController().signal);
  expect(working.provider).toBe('openvino');
  await working.close();
  await writeFile(join(engines, 'broken'), '');
  for (const opener of [open, openerOf(setup, { cache, log })]) {
    const detector = await opener(new AbortController().signal);
    expect(detector.provider).toBe('cpu');
    expect(detector.network.providerReason).toMatch(/^cpu: openvino failed: .*exit code 127$/);
    await detector.close();
  }
  expect(warnings).toEqual(
    Array(2).fill(expect.stringMatching(/exit code 127; the network runs on the CPU$/)),
  );
});

const run = (args: readonly string[], engines: string, environment: Record<string, string> = {}) =>
  promisify(execFile)(process.execPath, [program, 'engines', ...args], {
    env: { ...process.env, CSPCAM_ENGINES: engines, ...environment },
  }).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout, told: stderr }),
    (error: { code: number; stderr: string }) => ({ code: error.code, said: error.stderr, told: '' }),
  );

test('engines list: works, fails, missing', async () => {
  const listed = async (engines: string) => JSON.parse((await run(['list', '--json'], engines)).said);
  expect(await listed(await referenceAs('openvino'))).toMatchObject([
    { name: 'openvino', state: 'works', devices: ['CPU'] },
    { name: 'tensorrt', state: 'missing' },
  ]);
  const { folder } = await brokenEngine();
  expect(await listed(folder)).toMatchObject([
    { state: 'fails', failure: expect.stringContaining('libopenvino.so') },
    {},
  ]);
  expect((await run(['list'], folder)).said).toContain('cspcam engines build tensorrt');
});

test('engines check: the boxes of another process are the same, and what it builds is kept for the agent', async () => {
  const cache = await temporary('cache');
  const args = ['check', 'openvino', '--frames', '3', '--json'];
  const { code, said, told } = await run(args, await slowEngine(), { CACHE_DIRECTORY: cache });
  expect(code, said).toBe(0);
  expect(await readdir(cache)).toEqual(['openvino']);
  expect(told.trim().split('\n')).toEqual(
    ['fp32', 'auto'].flatMap((precision) =>
      [0, 40, 100].map((percent) => `openvino in ${precision}: build ${percent}%`),
    ),
  );
  const [, engine] = JSON.parse(said) as { provider: string; first: number; same: number }[];
  expect(engine).toMatchObject({ provider: 'openvino', runs: expect.stringMatching(/^reference/) });
  expect(engine!.first).toBeGreaterThan(0);
  expect(engine!.same).toBe(engine!.first);
});

test('a folder that cannot be made is told of before the compiler works', async () => {
  const from = await temporary('openvino');
  await mkdir(join(from, 'include/openvino'), { recursive: true });
  await writeFile(join(from, 'include/openvino/openvino.hpp'), '');
  const out = '/proc/not/there';
  const { code, said } = await run(['build', 'openvino', '--from', from, '--out', out], '/nonexistent');
  expect(said).toBe(`cspcam: expected a folder that can be written for ${out}, received ENOENT\n`);
  expect(code).toBe(1);
});

test.each([
  [
    ['build', 'openvino', '--from', '/nonexistent'],
    1,
    /^cspcam: expected include\/openvino\/openvino\.hpp in \/nonexistent .*received none\n$/,
  ],
  [['build', 'nothing'], 2, /openvino/],
  [['check', 'tensorrt'], 1, /cspcam engines build tensorrt/],
])('engines %j: exit code %i', async (args, code, said) => {
  const result = await run(args, '/nonexistent');
  expect(result).toMatchObject({ code, said: expect.stringMatching(said) });
  expect(result.said).not.toContain('    at ');
});
