// Names of suites -> each run on its own, or beside those that a + adds to it; files that failed once more and alone, then
// what failed by name and one line: `N passed, N failed, N skipped`.
// usage: node scripts/run-suites.mjs unit e2e-bench+e2e-models ...

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const folder = await mkdtemp(join(tmpdir(), 'cspcam-suites-'));

/** More than this is no accident of a busy machine, and would take as long again. */
const MOST_FILES_RUN_AGAIN = 8;

/** @returns {Promise<Map<string, object[]>>} the tests of each file; one that failed stands for what has no report */
async function run(suite, files = []) {
  const projects = suite.split('+').flatMap((name) => ['--project', name]);
  const report = join(folder, `${suite}.json`);
  await rm(report, { force: true });
  const child = spawn(
    process.execPath,
    [
      ...[vitest, 'run', ...projects, ...files],
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
      ...(files.length > 0 ? ['--no-file-parallelism'] : []),
    ],
    { cwd: root, stdio: 'inherit' },
  );
  const [code] = await once(child, 'exit');
  const result = await readFile(report, 'utf8').then(JSON.parse, () => ({ testResults: [] }));
  const tests = new Map(
    result.testResults.map(({ name, status, assertionResults }) => {
      const failed = assertionResults.some((test) => test.status === 'failed');
      const unloaded = status === 'failed' && !failed ? [{ status, fullName: '(the file itself)' }] : [];
      return [relative(root, name), [...assertionResults, ...unloaded]];
    }),
  );
  const told = [...tests.values()].flat().some(({ status }) => status === 'failed');
  if (code !== 0 && !told) tests.set(suite, [{ status: 'failed', fullName: `ended with ${code}` }]);
  return tests;
}

const failuresOf = (tests) =>
  [...tests].flatMap(([file, ofFile]) =>
    ofFile
      .filter(({ status }) => status === 'failed')
      .map(({ fullName }) => ({ file, line: `${file}: ${fullName}` })),
  );

const total = { passed: 0, failed: 0, skipped: 0 };
const failed = [];
const unsteady = [];

for (const suite of process.argv.slice(2)) {
  const tests = await run(suite);
  const first = failuresOf(tests);
  const files = [...new Set(first.map(({ file }) => file))].filter((file) => file !== suite);
  if (files.length > 0 && files.length <= MOST_FILES_RUN_AGAIN) {
    process.stdout.write(`\nonce more, and alone: ${files.join(', ')}\n`);
    for (const [file, ofFile] of await run(suite, files)) tests.set(file, ofFile);
  }
  const last = failuresOf(tests);
  failed.push(...last);
  unsteady.push(...first.filter(({ line }) => !last.some((other) => other.line === line)));
  for (const { status } of [...tests.values()].flat())
    total[status === 'passed' || status === 'failed' ? status : 'skipped']++;
}

await rm(folder, { recursive: true });
const list = (title, lines) =>
  lines.length > 0 ? `\n${title}:\n${lines.map(({ line }) => `  ${line}\n`).join('')}` : '';
process.stdout.write(list('failed at first, passed alone', unsteady) + list('failed', failed));
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
