// Names of suites -> each run on its own, then one line: `N passed, N failed, N skipped`.
// usage: node scripts/run-suites.mjs unit e2e ...

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'cspcam-suites-'));
const total = { passed: 0, failed: 0, skipped: 0 };

for (const suite of process.argv.slice(2)) {
  const file = join(folder, `${suite}.json`);
  const child = spawn(
    process.execPath,
    [vitest, 'run', '--project', suite, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    { stdio: 'inherit' },
  );
  const [code] = await once(child, 'exit');
  const result = await readFile(file, 'utf8').then(JSON.parse, () => undefined);
  total.passed += result?.numPassedTests ?? 0;
  total.failed += result?.numFailedTests ?? 0;
  total.skipped += (result?.numPendingTests ?? 0) + (result?.numTodoTests ?? 0);
  // A file that does not even load, or a suite without a report, fails without a failed test.
  if (code !== 0 && !(result?.numFailedTests > 0)) total.failed++;
}

await rm(folder, { recursive: true });
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
