// Import statements of the whole tree -> the direction of dependencies that the house style asks for.

import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const folders = ['agent', 'pipelines', 'models', 'device-profiles'];

interface Import {
  /** As `agent/errors.ts`, from the root of the repository. */
  readonly from: string;
  /** The same for a file of ours; else the name of a package, or `node:fs`. */
  readonly to: string;
  /** Gone after compilation. */
  readonly isType: boolean;
}

/** One package, one owner; a folder owns with all its files. */
const owners: Readonly<Record<string, string>> = {
  aedes: 'agent/mqtt/broker.ts',
  commander: 'agent/cli/',
  'gstreamer-superficial': 'pipelines/capture/child.ts',
  mqtt: 'agent/mqtt/client.ts',
  munkres: 'agent/tracking/assignment.ts',
  'onnxruntime-node': 'models/runtime/onnxruntime.ts',
  pino: 'agent/log.ts',
  'pino-pretty': 'agent/log.ts',
  protobufjs: 'models/onnx/protobuf.ts',
  sharp: 'pipelines/images.ts',
  'sparkplug-payload': 'agent/encodings/sparkplug-payload.ts',
  systeminformation: 'agent/stats/system.ts',
  yaml: 'agent/config/',
};

/** Reads no clock, file, network or process of its own: what goes in decides what comes out. */
const pure = [
  'agent/errors.ts',
  'agent/bench/columns.ts',
  'agent/bench/csv.ts',
  'agent/bench/figures.ts',
  'agent/bench/labels.ts',
  'agent/bench/report/',
  'agent/bench/row.ts',
  'agent/bench/task.ts',
  'agent/bench/throttling.ts',
  'agent/config/redact.ts',
  'agent/device/choose-model.ts',
  'agent/device/choose-present.ts',
  'agent/device/detect.ts',
  'agent/device/execution.ts',
  'agent/device/executor.ts',
  'agent/device/limits.ts',
  'agent/device/live-cpu.ts',
  'agent/device/paper-table.ts',
  'agent/device/plan.ts',
  'agent/device/plan-reasons.ts',
  'agent/device/plan-row.ts',
  'agent/encodings/onvif.ts',
  'agent/encodings/onvif-types.ts',
  'agent/encodings/sparkplug-metrics.ts',
  'agent/mqtt/payloads.ts',
  'agent/mqtt/topics.ts',
  'agent/tracking/',
  'models/detection.ts',
  'models/weights.ts',
  'models/cost/',
  'models/darknet/',
  'models/decode/',
  'models/evaluate/average-precision.ts',
  'models/graph/',
  'models/layers/',
  'models/networks/',
  'models/onnx/',
  'models/passes/',
  'models/quantize/calibrate.ts',
  'models/quantize/forms/',
  'models/quantize/histogram.ts',
  'models/quantize/kernel.ts',
  'models/quantize/matrix-heads.ts',
  'models/quantize/plot.ts',
  'models/quantize/qdq.ts',
  'models/quantize/quantize.ts',
  'models/quantize/range.ts',
  'models/quantize/repeat-cells.ts',
  'models/quantize/shared-scales.ts',
  'pipelines/failure.ts',
  'pipelines/frame.ts',
  'pipelines/frame-pool.ts',
  'pipelines/geometry.ts',
  'pipelines/launch.ts',
  'pipelines/newest.ts',
  'pipelines/sources.ts',
  'pipelines/capture/backoff.ts',
  'pipelines/capture/drop-count.ts',
  'pipelines/capture/gdp.ts',
  'pipelines/capture/motion.ts',
  'pipelines/capture/records.ts',
  'pipelines/capture/slot.ts',
];
/** Compute, and nothing else. */
const purePackages = ['munkres', 'node:buffer', 'node:path', 'node:url', 'protobufjs'];

// `from` of imports and exports, imports for effect, import(), and require of what has no ES module.
const statements =
  /^(?:import|export)\b(?<names>[^'";]*?)\bfrom\s*'(?<from>[^']+)'|^import\s*'(?<effect>[^']+)'|\bimport\(\s*'(?<dynamic>[^']+)'\s*\)|createRequire\([^)]*\)\('(?<required>[^']+)'\)/gm;

function importsOf(text: string): { to: string; isType: boolean }[] {
  return [...text.matchAll(statements)].map(({ groups = {} }) => {
    const names = groups.names?.trim() ?? '';
    const inside = /^\{(.*)\}$/s
      .exec(names)?.[1]
      ?.split(',')
      .map((name) => name.trim());
    const isType =
      names.startsWith('type ') ||
      (inside?.every((name) => name === '' || name.startsWith('type ')) ?? false);
    const to = groups.from ?? groups.effect ?? groups.dynamic ?? groups.required ?? '';
    return { to, isType };
  });
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

const existing = folders.filter((folder) => readdirSync(root).includes(folder));
const files = existing.flatMap(filesBelow);
const imports: Import[] = files.flatMap((from) =>
  importsOf(readFileSync(join(root, from), 'utf8')).map(({ to, isType }) => ({
    from,
    to: to.startsWith('.') ? posix.join(posix.dirname(from), to).replace(/\.js$/, '.ts') : to,
    isType,
  })),
);
const ours = imports.filter(({ to }) => folders.includes(to.split('/')[0] as string));
const packages = imports.filter((one) => !ours.includes(one));

const isIn = (file: string, places: readonly string[]) =>
  places.some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place));
const shown = (found: readonly Import[]) => found.map(({ from, to }) => `${from} imports ${to}`);

test.each([
  ["import a from 'x';", 'x', false],
  ["import type { A } from 'x';", 'x', true],
  ["import { type A, type B } from 'x';", 'x', true],
  ["import { type A, b } from 'x';", 'x', false],
  ["import {\n  a,\n  b,\n} from 'x';", 'x', false],
  ["import * as a from 'x';", 'x', false],
  ["export * from './x.js';", './x.js', false],
  ["export type { A } from './x.js';", './x.js', true],
  ["import 'x';", 'x', false],
  ["const a = await import('x');", 'x', false],
  ["const { A } = createRequire(import.meta.url)('x') as B;", 'x', false],
])('reads %s', (text, to, isType) => {
  expect(importsOf(`// text\n${text}\n`)).toEqual([{ to, isType }]);
});

test('there is something to look at', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(ours.length).toBeGreaterThan(files.length);
  expect(ours.filter(({ to }) => !files.includes(to) && !to.endsWith('.json'))).toEqual([]);
  expect(
    [...pure, ...Object.values(owners)].filter((place) => !files.some((file) => isIn(file, [place]))),
  ).toEqual([]);
});

test('errors and shared types import nothing of ours', () => {
  const roots = ['agent/errors.ts', 'models/detection.ts', 'pipelines/frame.ts'];
  expect(shown(ours.filter(({ from }) => roots.includes(from)))).toEqual([]);
});

test('each native or network package has one owner', () => {
  const strangers = packages.filter(({ from, to }) => owners[to] !== undefined && !isIn(from, [owners[to]]));
  expect(shown(strangers)).toEqual([]);
  for (const name of Object.keys(owners)) {
    expect(
      packages.filter(({ to }) => to === name),
      `${name} is used`,
    ).not.toEqual([]);
  }
});

test('pure code reaches no edge', () => {
  const ofPure = imports.filter(({ from, isType }) => isIn(from, pure) && !isType);
  const outside = ofPure.filter(({ to }) =>
    folders.includes(to.split('/')[0] as string) ? !isIn(to, pure) : !purePackages.includes(to),
  );
  expect(shown(outside)).toEqual([]);
});

test('pipelines and models know neither each other nor the agent, but for its common floor', () => {
  const wrong = ours.filter(({ from, to }) => {
    const [folder, other] = [from.split('/')[0], to.split('/')[0]];
    const isCommon = to === 'agent/errors.ts' || to.startsWith('agent/common/');
    return folder !== 'agent' && folder !== other && !isCommon;
  });
  expect(shown(wrong)).toEqual([]);
});

test('MQTT and statistics know capture and inference by their types alone', () => {
  const wrong = ours.filter(
    ({ from, to, isType }) =>
      isIn(from, ['agent/mqtt/', 'agent/stats/']) && !isType && isIn(to, ['pipelines/', 'models/']),
  );
  expect(shown(wrong)).toEqual([]);
});

test('only the command line imports the command line', () => {
  const wrong = ours.filter(({ from, to }) => to.startsWith('agent/cli/') && !from.startsWith('agent/cli/'));
  expect(shown(wrong)).toEqual([]);
});

test('no file leads back to itself', () => {
  // Types may lead back: they are gone after compilation.
  const loaded = ours.filter(({ isType }) => !isType);
  const next = new Map(
    files.map((file) => [file, loaded.filter(({ from }) => from === file).map(({ to }) => to)]),
  );
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) throw new Error([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (done.has(file)) return;
    for (const to of next.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
});
