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

async function reported(...messages: readonly BusMessage[]): Promise<string> {
  const reports: string[] = [];
  const pipeline = { pollBus: (say: (message: BusMessage) => void) => messages.forEach(say) };
  const end = new PipelineEnd(pipeline as unknown as CapturePipeline, {
    onEndOfStream: () => {},
    onFailure: ({ message }) => reports.push(message),
  });
  end.start();
  while (reports.length === 0) await wait(5);
  return reports[0]!;
}

test.each([
  ['cause first', [TOO_LARGE, ENDED_EARLY], 'larger than maxPictureSize'],
  ['consequence first', [ENDED_EARLY, TOO_LARGE], 'larger than maxPictureSize'],
  ['nothing else', [ENDED_EARLY], "Can't typefind stream"],
])('%s', async (_, messages, words) => {
  expect(await reported(...messages)).toContain(words);
});
