// GStreamer's tools in PATH or not -> element names, or one line that names the package.

import { afterEach, expect, test } from 'vitest';
import { installedElements } from '../../../pipelines/elements.js';

const path = process.env.PATH;
afterEach(() => {
  process.env.PATH = path;
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
