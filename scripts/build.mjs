// Sources -> dist, compiled where they changed; outputs whose source is gone go too. usage: npm run build

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { BUNDLED } from './bundled.mjs';

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
/** What the compiler knows of the outputs beside it. */
const buildInfo = join(dist, '.tsbuildinfo');
const folders = ['agent', 'device-profiles', 'models', 'pipelines', 'scripts'];
/** Made of the folders of the same names by bundled-models.mjs, not compiled. */
const bundledModels = Object.keys(BUNDLED).map((name) => `models/${name}/`);
/** Read at run time, from beside the code that reads it. */
const copied = [
  'models/onnx/onnx.proto',
  'agent/page/browser/icon.svg',
  'agent/page/browser/index.html',
  'agent/page/browser/style.css',
  'agent/setup/page/browser/index.html',
];
/** For browsers: compiled by itself, as it has their globals and not Node's. */
const browserProject = 'agent/page/browser/tsconfig.json';

/** @returns paths relative to the folder, with the folders of `within` alone */
const filesBelow = (folder, within) =>
  within
    .filter((name) => existsSync(join(folder, name)))
    .flatMap((name) =>
      readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)),
    );

const sources = new Set(filesBelow(root, folders));
const outputs = [...sources]
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map((file) => file.replace(/\.ts$/, '.js'));
/** WebAssembly as text -> as it runs. */
const assembled = [...sources]
  .filter((file) => file.endsWith('.wat'))
  .map((file) => [file, file.replace(/\.wat$/, '.wasm')]);

const expected = new Set([...outputs, ...copied, ...assembled.map(([, output]) => output)]);
for (const file of filesBelow(dist, folders)) {
  const isKept = expected.has(file) || (file.endsWith('.json') && sources.has(file));
  if (isKept || bundledModels.some((model) => file.startsWith(model))) continue;
  rmSync(join(dist, file));
}
// The compiler believes its notes, not the disk: an output that somebody removed is not made again.
if (outputs.some((file) => !existsSync(join(dist, file))))
  for (const notes of [buildInfo, `${buildInfo}-browser`]) rmSync(notes, { force: true });

const run = (...args) => {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

for (const [project, notes] of [
  ['tsconfig.json', buildInfo],
  [browserProject, `${buildInfo}-browser`],
])
  run(
    'node_modules/@typescript/native/bin/tsc',
    ...['--project', project, '--incremental', '--tsBuildInfoFile', notes],
  );
for (const file of copied) copyFileSync(join(root, file), join(dist, file));
const changedMs = (file) => statSync(file).mtimeMs;
for (const [file, output] of assembled) {
  const [from, to] = [join(root, file), join(dist, output)];
  if (existsSync(to) && changedMs(to) >= changedMs(from)) continue;
  const { default: openWabt } = await import('wabt');
  const module = (await openWabt()).parseWat(file, readFileSync(from, 'utf8'));
  module.validate();
  writeFileSync(to, module.toBinary({}).buffer);
}
chmodSync(join(dist, 'agent/cli/main.js'), 0o755);

// The notes are new wherever code is: code that makes models too.
for (const name of Object.keys(BUNDLED)) {
  const folder = `models/${name}`;
  const model = join(dist, folder);
  const madeOf = [buildInfo, ...filesBelow(root, [folder]).map((file) => join(root, file))];
  if (!existsSync(model) || madeOf.some((file) => changedMs(file) > changedMs(model)))
    run('scripts/bundled-models.mjs', name);
}
