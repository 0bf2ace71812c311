// A program that keeps what it makes, then drops it -> the room that V8 has taken, with and without the bounds.

import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const module = resolve(import.meta.dirname, '../../../dist/agent/cli/small-heap.js');
const program = `
  import { once } from 'node:events';
  import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
  import { Worker } from 'node:worker_threads';
  import { keepHeapSmall } from ${JSON.stringify(module)};
  if (process.argv[1] !== 'as it is') keepHeapSmall();
  const worker = process.argv[1] === 'small, with a thread' && new Worker('setInterval(() => {}, 1e6)', { eval: true });
  if (worker) await once(worker, 'online');
  const kept = Array.from({ length: 3e5 }, (_, i) => ({ i, name: 'object ' + i }));
  const youngBytes = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size;
  const passing = new Array(2e4);
  let heapBytes = 0;
  for (let i = 0; i < 5e5; i++) {
    passing[i % passing.length] = new Array(60).fill(i);
    if (i % 1000 === 0) heapBytes = Math.max(heapBytes, getHeapStatistics().used_heap_size);
  }
  console.log(JSON.stringify({ youngBytes, heapBytes }));
  process.exit(kept.length === 3e5 ? 0 : 1);
`;

const roomOf = (how: string): { youngBytes: number; heapBytes: number } =>
  JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '--eval', program, how], {
      encoding: 'utf8',
    }),
  );

test('neither what outlives collections nor what dies later makes the heap grow', () => {
  const without = roomOf('as it is');
  expect(without.youngBytes).toBeGreaterThan(8 << 20);
  for (const how of ['small', 'small, with a thread']) {
    const { youngBytes, heapBytes } = roomOf(how);
    expect(youngBytes, how).toBeLessThanOrEqual(4 << 20);
    // What V8 lets lie at first differs from version to version.
    expect(heapBytes, how).toBeLessThan(without.heapBytes / 1.5);
  }
});

const lengths = resolve(import.meta.dirname, '../../../dist/agent/messaging/broker/packet-lengths.js');
const publisher = `
  import { createRequire } from 'node:module';
  import { Writable } from 'node:stream';
  import { keepPacketLengthsTogether } from ${JSON.stringify(lengths)};
  if (process.argv[1] !== 'as it is') keepPacketLengthsTogether();
  const { writeToStream } = createRequire(import.meta.resolve('mqtt'))('mqtt-packet');
  // As MQTT.js has it.
  writeToStream.cacheNumbers = false;
  const socket = new Writable({ write: (bytes, encoding, done) => done() });
  const used = async () => {
    global.gc();
    // What was in passing is given back beside.
    await new Promise((done) => setTimeout(done, 100));
    global.gc();
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    return arrayBuffers + heapUsed;
  };
  const before = await used();
  for (let length = 1; length <= 4000; length++) {
    writeToStream({ cmd: 'publish', topic: 'a', payload: Buffer.alloc(length), qos: 0 }, socket);
    // Between two lengths that are new there are many packets, each a Buffer of a few hundred bytes.
    for (let other = 0; other < 30; other++) Buffer.from('x'.repeat(300));
    if (length % 100 === 0) await new Promise(setImmediate);
  }
  console.log((await used()) - before);
`;

test('packets of ever new lengths leave next to nothing', () => {
  const leftOf = (how: string) =>
    Number(
      execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '--eval', publisher, how], {
        encoding: 'utf8',
      }),
    );
  expect(leftOf('as it is')).toBeGreaterThan(20 << 20);
  expect(leftOf('kept together')).toBeLessThan(0.5 * 2 ** 20);
});
