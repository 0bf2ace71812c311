// Sizes that are seen -> caps of a filter: GStreamer says what mark a picture gets there, and still has when it is scaled.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { markedAny, SizeMarks } from '../../../pipelines/capture/child/size-marks.js';

const square = { numerator: 1, denominator: 1 };
const seen = { width: 640, height: 360, pixel: square, mark: 0 };

test('a source without marks', () => {
  const { mark, ...unmarked } = seen;
  expect(new SizeMarks().next(unmarked)).toBeUndefined();
});

test('one mark is of one size', () => {
  const marks = new SizeMarks();
  const first = marks.next(seen);
  const second = marks.next({ ...seen, width: 320, mark: 2 });
  expect([first?.mark, second?.mark]).toEqual([1, 3]);
});

const { caps } = new SizeMarks().next(seen)!;

/** @returns the mark of scaled pictures */
async function markOf(filter: string, source: string): Promise<string | undefined> {
  const args =
    `-v videotestsrc num-buffers=1 ! video/x-raw,${source} ! capsfilter caps=${filter} ! videoconvert ! videoscale ! ` +
    'video/x-raw,format=GBR,width=96,height=56 ! fakesink name=sink';
  const { stdout } = await promisify(execFile)('gst-launch-1.0', args.split(' '));
  return /GstFakeSink:sink\.GstPad:sink: caps = .*mark=\(int\)(\d+)/.exec(stdout)?.[1];
}

test.each<[what: string, filter: string, source: string, mark: string]>([
  ['any at first', markedAny(), 'width=640,height=360', '0'],
  ['the size that is known', caps, 'width=640,height=360', '1'],
  ['another of the same shape', caps, 'width=320,height=180', '2'],
  ['other pixels', caps, 'width=640,height=360,pixel-aspect-ratio=4/3', '2'],
])('%s', async (_, filter, source, mark) => {
  expect(await markOf(filter, source)).toBe(mark);
});
