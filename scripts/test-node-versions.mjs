// Versions of Node -> the suites on each, in a copy of the tree with packages and native builds of its own.
// usage: npm run test:node-versions [-- --suites unit,e2e VERSION...]; the tools of `scripts/setup --tests` must be there

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { basename, delimiter, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { sweptFolder } from './swept-folder.mjs';

const root = resolve(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  options: { suites: { type: 'string', default: 'unit,e2e' } },
  allowPositionals: true,
});
const versions = positionals.length > 0 ? positionals : ['20', '22', '24'];
/** Where `scripts/setup --tests` keeps what Debian packages only together with a service. */
const keptTools = join(root, 'node_modules/.cache/cspcam');
const made = new Set(['.git', 'dist', 'node_modules', 'packages', 'artefacts', '__pycache__']);

/** @returns whether every suite has passed */
function testOn(version, folder) {
  const tree = join(folder, 'tree');
  cpSync(root, tree, { recursive: true, filter: (source) => !made.has(basename(source)) });
  // npm carries Node with its headers, which the native build needs.
  const runtime = `node-${process.platform}-${process.arch}`;
  mkdirSync(join(folder, 'runtime'));
  const npm = ['npm', '--loglevel=error', '--no-audit', '--no-fund'];
  const home = join(folder, 'runtime/node_modules', runtime);
  const env = {
    ...process.env,
    PATH: [join(home, 'bin'), keptTools, process.env.PATH].join(delimiter),
    npm_config_nodedir: home,
    // scripts/install would set up a service of this temporary Node; tools must be there nevertheless.
    ...(process.env.CI === 'true' && { CI: '', CSPCAM_REQUIRE_TOOLS: '1' }),
  };
  const run = (cwd, ...command) =>
    spawnSync(command[0], command.slice(1), { cwd, env, stdio: 'inherit' }).status === 0;
  return (
    run(join(folder, 'runtime'), ...npm, 'install', '--prefix', '.', `${runtime}@${version}`) &&
    run(tree, 'node', '--print', '"Node " + process.version') &&
    run(tree, ...npm, 'ci') &&
    run(tree, ...npm, 'run', '--silent', 'build') &&
    run(tree, 'node', 'scripts/run-suites.mjs', ...values.suites.split(','))
  );
}

const results = [];
for (const version of versions) {
  const folder = await sweptFolder(`cspcam-node-${version}-`);
  try {
    results.push(`Node ${version}: ${testOn(version, folder) ? 'passed' : 'failed'}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.stdout.write(`\n${results.join('\n')}\n`);
process.exitCode = results.some((result) => result.endsWith('failed')) ? 1 : 0;
