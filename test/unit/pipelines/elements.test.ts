// GStreamer's tools in PATH or not -> element names, or one line that names the package.

import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { installedElements } from '../../../pipelines/elements.js';
import { isAlive } from '../../support/processes.js';

const path = process.env.PATH;
afterEach(() => {
  process.env.PATH = path;
});

// First, as a reading that succeeds is kept.
test('a reading that takes long ends with the last of those who wait for it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'elements-'));
  const program = join(folder, 'gst-inspect-1.0');
  await writeFile(program, `#!/bin/sh\necho $$ > ${folder}/pid\nexec sleep 60\n`);
  await chmod(program, 0o755);
  process.env.PATH = `${folder}:${path}`;
  const [one, other] = [new AbortController(), new AbortController()];
  const asked = [installedElements(one.signal), installedElements(other.signal)].map((elements) =>
    elements.catch((error: Error) => error.message),
  );
  const pid = () => readFile(join(folder, 'pid'), 'utf8').then(Number, () => 0);
  await expect.poll(pid, { timeout: 10_000 }).toBeGreaterThan(0);
  one.abort(new Error('one has gone'));
  expect(isAlive(await pid())).toBe(true);
  other.abort(new Error('the other too'));
  expect(await Promise.all(asked)).toEqual(['one has gone', 'the other too']);
  expect(isAlive(await pid())).toBe(false);
  await expect(installedElements(one.signal)).rejects.toThrow('one has gone');
});

test('without gst-inspect-1.0 the error names its package, and the next call looks again', async () => {
  process.env.PATH = '/nonexistent';
  await expect(installedElements()).rejects.toThrow('expected gst-inspect-1.0 (package gstreamer1.0-tools)');
  process.env.PATH = path;
  const elements = await installedElements();
  // All that a launch string of ours needs, from the packages base, good and bad.
  const needed = ['filesrc', 'decodebin', 'identity', 'tee', 'appsink', 'videoconvert', 'rtspsrc', 'v4l2src'];
  expect(needed.filter((name) => !elements.has(name))).toEqual([]);
  expect(['gdppay', 'capssetter'].filter((name) => !elements.has(name))).toEqual([]);
  expect(elements.has('nosuch')).toBe(false);
});
