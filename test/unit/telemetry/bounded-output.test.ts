// Lines and a pipe whose reader stops -> whole lines, and how many were dropped; the writer never waits.

import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { BoundedOutput } from '../../../agent/telemetry/bounded-output.js';

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const open: number[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const descriptor of open.splice(0)) closeSync(descriptor);
});

function makePipe() {
  const path = join(mkdtempSync(join(tmpdir(), 'pipe-')), 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, O_RDONLY | O_NONBLOCK);
  const descriptor = openSync(path, O_WRONLY | O_NONBLOCK);
  open.push(reader, descriptor);
  const output = new BoundedOutput({ descriptor, gap: (lines) => `dropped ${lines}\n` });
  /** What has come since the last time. */
  const read = () => {
    const chunks: Buffer[] = [];
    const chunk = Buffer.alloc(1 << 16);
    for (;;) {
      try {
        const bytes = readSync(reader, chunk);
        if (bytes === 0) return Buffer.concat(chunks).toString();
        chunks.push(Buffer.from(chunk.subarray(0, bytes)));
      } catch {
        return Buffer.concat(chunks).toString();
      }
    }
  };
  return { output, read, reader };
}

const line = (number: number) => `${number} ${'x'.repeat(90)}\n`;

test('what is read goes at once', () => {
  const { output, read } = makePipe();
  for (let number = 0; number < 1000; number++) {
    output.write(line(number));
    expect(read()).toBe(line(number));
  }
});

test('a reader that stops costs lines and no time; what he gets later are whole ones, and how many are missing', async () => {
  vi.useFakeTimers();
  const { output, read } = makePipe();
  const written = 20_000;
  for (let number = 0; number < written; number++) output.write(line(number));
  let text = '';
  for (let turn = 0; turn < 20; turn++) {
    text += read();
    await vi.advanceTimersByTimeAsync(100);
  }
  output.write(line(written));
  text += read();
  const lines = text.split('\n').slice(0, -1);
  const gaps = lines.filter((found) => found.startsWith('dropped'));
  const numbers = lines
    .filter((found) => !found.startsWith('dropped'))
    .map((found) => Number(found.split(' ')[0]));
  const dropped = Number(gaps[0]!.split(' ')[1]);
  expect(gaps).toHaveLength(1);
  expect(numbers.length + dropped).toBe(written + 1);
  expect(numbers).toEqual([...Array.from({ length: written - dropped }, (_, at) => at), written]);
  expect(lines.indexOf(gaps[0]!)).toBe(written - dropped);
  // A pipe and as much again, not all there was.
  expect(numbers.length).toBeGreaterThan(2000);
  expect(numbers.length).toBeLessThan(6000);
});

test('at the end a reader that has stopped is not waited for long', () => {
  const { output, read } = makePipe();
  for (let number = 0; number < 5000; number++) output.write(line(number));
  output.end();
  expect(read().startsWith(line(0))).toBe(true);
});

test('a reader that is gone is no error', () => {
  const { output, reader } = makePipe();
  closeSync(reader);
  open.splice(open.indexOf(reader), 1);
  for (let number = 0; number < 100; number++) output.write(line(number));
  output.end();
});
