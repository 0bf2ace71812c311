// Machine + hint -> sessions and threads.

import { beforeAll, expect, test } from 'vitest';
import { executionOf, type Hints } from '../../../agent/device/execution-mode.js';
import { type Limits, limitsOf } from '../../../agent/device/limits.js';
import { readProfiles } from '../../../agent/device/profiles.js';

let profiles: Awaited<ReturnType<typeof readProfiles>>;
beforeAll(async () => {
  profiles = await readProfiles();
});

/** The generic profile, which has 4 cores and gives 3 to the network, on a machine with so many. */
function machine(cores: number, name = 'generic-x86-64'): Limits {
  return { ...limitsOf(profiles.find((profile) => profile.name === name)!), cores };
}

const hints: Hints = { provider: 'cpu', mode: 'auto', sessions: 'auto', threads: 'auto', cameras: 1 };

test.each<[cores: number, wanted: Partial<Hints>, mode: string, sessions: number, threads: number]>([
  // One camera: a core for capture where there are more than two.
  [1, {}, 'latency', 1, 1],
  [2, {}, 'latency', 1, 2],
  [4, {}, 'latency', 1, 3],
  [8, {}, 'latency', 1, 7],
  // Several: no more sessions than cameras, and no core unused where that can be.
  [1, { cameras: 3 }, 'throughput', 1, 1],
  [2, { cameras: 3 }, 'throughput', 2, 1],
  [4, { cameras: 2 }, 'throughput', 2, 2],
  [4, { cameras: 9 }, 'throughput', 4, 1],
  [6, { cameras: 9 }, 'throughput', 3, 2],
  [7, { cameras: 9 }, 'throughput', 3, 2],
  [8, { cameras: 9 }, 'throughput', 4, 2],
  [64, { cameras: 9 }, 'throughput', 4, 16],
  // Asked for.
  [4, { mode: 'latency', cameras: 9 }, 'latency', 1, 3],
  [4, { mode: 'throughput' }, 'throughput', 4, 1],
  [4, { mode: 'throughput', threads: 2 }, 'throughput', 2, 2],
  [4, { mode: 'throughput', threads: 9 }, 'throughput', 1, 9],
  [4, { mode: 'throughput', sessions: 2 }, 'throughput', 2, 2],
  [4, { sessions: 3 }, 'latency', 3, 1],
  [2, { sessions: 5, threads: 4 }, 'latency', 5, 4],
  [4, { threads: 4 }, 'latency', 1, 4],
])('%i cores, %o: %s, %i sessions of %i threads', (cores, wanted, mode, sessions, threads) => {
  expect(executionOf(machine(cores), { ...hints, ...wanted })).toEqual({ mode, sessions, threads });
});

test('a GPU has one session', () => {
  const limits = machine(6, 'jetson-tx2');
  expect(executionOf(limits, { ...hints, provider: 'tensorrt', cameras: 4 })).toMatchObject({
    mode: 'latency',
    sessions: 1,
  });
});

test('cores that the process may not use have no threads', () => {
  expect(executionOf(machine(8), { ...hints, cameras: 4 }, 2)).toMatchObject({ sessions: 2, threads: 1 });
  expect(executionOf(machine(8), hints, 2)).toMatchObject({ sessions: 1, threads: 2 });
});

test('auto is what the profile says', () => {
  const { profile, ...limits } = machine(4);
  const says = { ...profile, inference: { ...profile.inference, mode: 'latency' as const } };
  const wanted = { ...hints, cameras: 4 };
  expect(executionOf({ ...limits, profile: says }, wanted).mode).toBe('latency');
  expect(executionOf({ ...limits, profile: says }, { ...wanted, mode: 'throughput' }).mode).toBe(
    'throughput',
  );
});
