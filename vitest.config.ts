import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

const suite = (
  name: string,
  testTimeout: number,
  { folder = name, exclude = [] as string[], workers = 1 } = {},
) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${folder}/**/*.test.ts`],
    exclude,
    testTimeout,
    hookTimeout: testTimeout,
    pool: 'forks' as const,
    // By default a core is left free: half of a small machine.
    maxWorkers: workers,
    // Suites that are run together share their workers, where they have as many.
    sequence: { groupOrder: workers },
    globalSetup: 'test/support/temporary-folder.ts',
  },
});

/** Of tests that compute. */
const COMPUTING = availableParallelism();
/** Of tests that wait for other processes, or for the end of a measurement, as long as they compute. */
const WAITING = COMPUTING + 1;

/** Unit tests, or folders of them, that compute alike on every version of Node. */
const ARITHMETIC = [
  ...['analytics', 'bench', 'import-rules', 'training'],
  ...['cost', 'half-weights', 'networks', 'optimized', 'passes', 'quantize'].map((name) => `models/${name}`),
];

// Tests run the sources: package.json leads to what was compiled of them.
const alias = [
  { find: /^#common\/(.*)\.js$/, replacement: resolve(import.meta.dirname, 'agent/common/$1.ts') },
];

export default defineConfig({
  resolve: { alias },
  test: {
    sequence: { sequencer: LongestFirst },
    // What somebody has built here is no matter of the tests.
    env: { CSPCAM_ENGINES: '/nonexistent/engines' },
    // Time limits are for what hangs: they leave room for a machine that is ten times busier than it should be.
    projects: [
      suite('unit', 60_000, { workers: COMPUTING }),
      // What a version of Node may change: processes, files, sockets, threads, native packages.
      suite('unit-node', 60_000, {
        folder: 'unit',
        exclude: ARITHMETIC.flatMap((path) => [`test/unit/${path}/**`, `test/unit/${path}.test.ts`]),
        workers: COMPUTING,
      }),
      suite('e2e', 300_000, {
        exclude: ['test/e2e/models/**', 'test/e2e/bench/**'],
        workers: WAITING,
      }),
      // Networks at full size: minutes of computing, and nothing that another file could disturb.
      suite('e2e-models', 600_000, { folder: 'e2e/models', workers: WAITING }),
      // What they measure is not asserted. It takes its time however busy the machine, which the networks make use of.
      suite('e2e-bench', 600_000, { folder: 'e2e/bench', workers: WAITING }),
      // Mostly waits for what does not come.
      suite('fault', 300_000, { workers: WAITING }),
      // One after the other: beside others the frames that they wait for take three times as long.
      suite('soak', 900_000),
      // On demand, as root: a Debian of its own, booted.
      suite('system', 1_200_000),
      // On demand: bare roots of other releases, in which packages are installed.
      suite('package', 1_800_000),
    ],
  },
});
