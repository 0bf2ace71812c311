import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const suite = (name: string, testTimeout: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: testTimeout,
    pool: 'forks' as const,
    fileParallelism: name === 'unit',
    // What agents keep for their next start stays out of the home of whoever runs the tests.
    env: { XDG_CACHE_HOME: join(tmpdir(), 'cspcam-test-cache') },
  },
});

export default defineConfig({
  test: {
    projects: [suite('unit', 20_000), suite('e2e', 120_000), suite('fault', 180_000), suite('soak', 900_000)],
  },
});
