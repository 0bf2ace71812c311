// The library beside an engine -> memory that two have, words that are waited for; one that is damaged is one clear error.

import { closeSync, fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { describeEngine } from '../../../../models/runtime/engines/describe.js';
import type { EngineProgram } from '../../../../models/runtime/engines/engine-process.js';
import {
  SYSTEM_CALLS,
  type SystemCalls,
  systemCallsBeside,
} from '../../../../models/runtime/engines/system-calls.js';
import { referenceWithCalls } from '../../../support/engines.js';
import { sockets } from '../../../support/processes.js';

let program: EngineProgram;
let calls: SystemCalls;

beforeAll(async () => {
  program = await referenceWithCalls();
  calls = systemCallsBeside(program.file)!;
}, 120_000);

const BYTES = 8192;

test('memory and file are the same, in both directions', () => {
  const file = calls.memory();
  ftruncateSync(file, BYTES);
  const memory = new Uint8Array(calls.map(file, BYTES));
  expect(memory).toEqual(new Uint8Array(BYTES));
  memory.set([1, 2, 3], 5000);
  const read = new Uint8Array(3);
  readSync(file, read, 0, 3, 5000);
  expect([...read]).toEqual([1, 2, 3]);
  writeSync(file, Uint8Array.of(9), 0, 1, BYTES - 1);
  expect(memory[BYTES - 1]).toBe(9);
  calls.close(file);
  expect(memory[5000]).toBe(1);
});

test('who has the file cannot take the memory away', () => {
  const file = calls.memory();
  ftruncateSync(file, BYTES);
  const memory = new Uint8Array(calls.map(file, BYTES));
  for (const bytes of [0, BYTES - 1, BYTES + 1])
    expect(() => ftruncateSync(file, bytes)).toThrow(/EPERM|not permitted/);
  expect(fstatSync(file).size).toBe(BYTES);
  expect(memory.at(-1)).toBe(0);
  closeSync(file);
});

test('what is no file is an error', () => {
  expect(() => calls.map(-1, BYTES)).toThrow(
    'expected a file in memory that keeps its size, received Bad file descriptor',
  );
});

test('words arrive in their order; nothing, and the end, are told apart', () => {
  const [ours, theirs] = calls.connection();
  expect(calls.receive(ours, 0)).toBe('');
  expect(calls.send(theirs, 'one\n')).toBe(4);
  expect(calls.send(theirs, 'two \u00df\n')).toBe(6);
  expect(calls.receive(ours, 1000)).toBe('one\ntwo \u00df\n');
  expect(calls.receive(ours, 1)).toBe('');
  calls.send(theirs, 'last\n');
  closeSync(theirs);
  expect(calls.receive(ours, 1000)).toBe('last\n');
  expect(calls.receive(ours, 1000)).toBeUndefined();
  expect(calls.send(ours, 'nobody hears\n')).toBe(0);
  closeSync(ours);
});

test('a connection that is full takes no more, and says how much it took', () => {
  const [ours, theirs] = calls.connection();
  const line = `${'x'.repeat(8000)}\n`;
  let sent = 0;
  let took = line.length;
  while (took === line.length) {
    took = calls.send(ours, line);
    sent += took;
  }
  let received = 0;
  for (let text = calls.receive(theirs, 0); text; text = calls.receive(theirs, 0)) received += text.length;
  expect(received).toBe(sent);
  closeSync(ours);
  closeSync(theirs);
});

test('a connection goes with its engine', async () => {
  const before = await sockets();
  for (let i = 0; i < 3; i++)
    await expect(describeEngine(program)).resolves.toMatchObject({ devices: ['CPU'] });
  expect(await sockets()).toBe(before);
});

test('one that is no library of this machine is told of', async () => {
  const { file } = await referenceWithCalls();
  await writeFile(join(dirname(file), SYSTEM_CALLS), 'no library');
  await expect(describeEngine({ name: 'reference', file })).rejects.toThrow(
    /^expected a library for this machine \(cspcam engines build\) for .*\.node, received .*(file too short|invalid ELF)/,
  );
});
