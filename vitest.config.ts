import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

const suite = (
  name: string,
  testTimeout: number,
  { folder = name, exclude = [] as string[], parallel = false, workers = '100%' as string | number } = {},
) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${folder}/**/*.test.ts`],
    exclude,
    testTimeout,
    hookTimeout: testTimeout,
    pool: 'forks' as const,
    fileParallelism: parallel,
    // By default a core is left free: half of a small machine.
    ...(parallel && { maxWorkers: workers }),
    sequence: { groupOrder: parallel ? 0 : 1 },
    globalSetup: 'test/support/temporary-folder.ts',
  },
});

/** Of tests that wait for other processes as long as they compute. */
const WAITING = availableParallelism() + 1;

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
      suite('unit', 60_000, { parallel: true }),
      // What a version of Node may change: processes, files, sockets, threads, native packages.
      suite('unit-node', 60_000, {
        folder: 'unit',
        exclude: ARITHMETIC.flatMap((path) => [`test/unit/${path}/**`, `test/unit/${path}.test.ts`]),
        parallel: true,
      }),
      suite('e2e', 300_000, {
        exclude: ['test/e2e/models/**', 'test/e2e/bench/**'],
        parallel: true,
        workers: WAITING,
      }),
      // Networks at full size: minutes of computing, and nothing that another file could disturb.
      suite('e2e-models', 600_000, { folder: 'e2e/models', parallel: true }),
      // What they measure is not asserted.
      suite('e2e-bench', 600_000, { folder: 'e2e/bench', parallel: true }),
      // Mostly waits for what does not come.
      suite('fault', 300_000, { parallel: true, workers: WAITING }),
      suite('soak', 900_000),
      // On demand, as root: a Debian of its own, booted.
      suite('system', 1_200_000),
      // On demand: bare roots of other releases, in which packages are installed.
      suite('package', 1_800_000),
    ],
  },
});
