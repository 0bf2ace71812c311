// Messages on the bus in the order in which threads brought them -> the reason why a pipeline ended.

import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { BusMessage, CapturePipeline } from '../../../pipelines/capture/child/pipeline.js';
import { PipelineEnd } from '../../../pipelines/capture/child/pipeline-end.js';

const error = (message: string, debug: string) => ({ type: 'error', message, debug }) as BusMessage;
const TOO_LARGE = error(
  'Internal data stream error.',
  'matroska-demux.c(6117): gst_matroska_demux_loop (): /GstPipeline:p:\nstreaming stopped, reason not-negotiated (-4)',
);
const ENDED_EARLY = error(
  "Stream doesn't contain enough data.",
  "gsttypefindelement.c(1001): (): /GstPipeline:p:\nCan't typefind stream",
);

function ending() {
  const reports: string[] = [];
  let say: (message: BusMessage) => void = () => {};
  // The binding polls anew where the bus is drained.
  const pipeline = { pollBus: (to: typeof say) => (say = to) };
  const end = new PipelineEnd(pipeline as unknown as CapturePipeline, {
    onEndOfStream: () => {},
    onFailure: ({ message }) => reports.push(message),
  });
  end.start();
  const reported = async () => {
    while (reports.length === 0) await wait(5);
    return reports[0]!;
  };
  return { end, reported, say: (message: BusMessage) => say(message) };
}

test.each([
  ['cause first', [TOO_LARGE, ENDED_EARLY], 'larger than maxPictureSize'],
  ['consequence first', [ENDED_EARLY, TOO_LARGE], 'larger than maxPictureSize'],
  ['nothing else', [ENDED_EARLY], "Can't typefind stream"],
])('%s', async (_, messages, words) => {
  const { say, reported } = ending();
  messages.forEach(say);
  expect(await reported()).toContain(words);
});

test('a cause that comes late, after the end of the sink too', async () => {
  const { end, say, reported } = ending();
  end.onSinkEnd(0);
  await wait(300);
  say(ENDED_EARLY);
  await wait(100);
  say(TOO_LARGE);
  expect(await reported()).toContain('larger than maxPictureSize');
});

test('the end of the sink, long before the only reason', async () => {
  const { end, say, reported } = ending();
  end.onSinkEnd(0);
  await wait(400);
  say(ENDED_EARLY);
  expect(await reported()).toContain("Can't typefind stream");
});
