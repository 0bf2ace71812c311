// What is asked of a capture process before it has a pipeline -> the answers, once it has one.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { CaptureRequest } from '../../../pipelines/capture/requests.js';
import { planCapture } from '../../../pipelines/launch.js';
import { parseSource } from '../../../pipelines/sources.js';

const root = resolve(import.meta.dirname, '../../..');
const clip = resolve(root, 'agent/demo/street.mp4');

test('packets of a clip, and a picture, asked for in one write with the plan', async () => {
  const options = {
    inputSize: { width: 64, height: 64 },
    delivery: 'newest',
    pace: 'realtime',
    keepPictures: true,
    keepPacketsMs: 10_000,
  } as const;
  const plan = planCapture(parseSource(`file:${clip}`), options, (name) => !/^(nv|v4l2|va)/.test(name));
  const child = spawn(process.execPath, [resolve(root, 'dist/pipelines/capture/child.js')], {
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
  });
  let told = '';
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const answered = new Promise<void>((done) => {
    (child.stdio[3] as Readable).setEncoding('latin1').on('data', (text: string) => {
      told = (told + text).slice(-1_000_000);
      if (told.includes('"kind":"packet"') && told.includes('"kind":"picture"')) done();
    });
  });
  const asked: CaptureRequest[] = [
    { kind: 'packets', id: 1, sinceMs: 0 },
    { kind: 'picture', id: 2, parts: [{ quality: 80 }] },
  ];
  child.stdin!.write([plan, ...asked].map((line) => `${JSON.stringify(line)}\n`).join(''));
  const exited = once(child, 'exit');
  try {
    await Promise.race([answered, exited]);
    expect(errors).toBe('');
    expect(told).toContain('"kind":"packet"');
    expect(told).toMatch(/"kind":"picture","id":2,/);
    expect(told).not.toContain('no-packets');
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
});
