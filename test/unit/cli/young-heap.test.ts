// A program that keeps what it makes -> the room that V8 has taken for new objects, with and without the bound.

import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const module = resolve(import.meta.dirname, '../../../dist/agent/cli/young-heap.js');
const program = `
  import { once } from 'node:events';
  import { getHeapSpaceStatistics } from 'node:v8';
  import { Worker } from 'node:worker_threads';
  import { keepYoungHeapSmall } from ${JSON.stringify(module)};
  if (process.argv[1] !== 'as it is') keepYoungHeapSmall();
  const worker = process.argv[1] === 'small, with a thread' && new Worker('setInterval(() => {}, 1e6)', { eval: true });
  if (worker) await once(worker, 'online');
  const kept = [];
  for (let i = 0; i < 3e5; i++) kept.push({ i, name: 'object ' + i });
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  console.log(young.space_size);
  process.exit();
`;

const youngBytes = (how: string) =>
  Number(
    execFileSync(process.execPath, ['--input-type=module', '--eval', program, how], { encoding: 'utf8' }),
  );

test('what outlives collections does not make the room for new objects grow', () => {
  expect(youngBytes('small')).toBeLessThanOrEqual(4 << 20);
  expect(youngBytes('small, with a thread')).toBeLessThanOrEqual(4 << 20);
  expect(youngBytes('as it is')).toBeGreaterThan(8 << 20);
});
