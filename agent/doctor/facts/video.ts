// GStreamer as it is installed -> its elements, and whether a frame really comes out of a capture process.

import { existsSync } from 'node:fs';
import { packageFile } from '#common/package.js';
import { installedElements } from '../../../pipelines/elements.js';
import { openSource } from '../../../pipelines/open.js';

export interface ElementFacts {
  /** Nothing where GStreamer's tools are missing. */
  readonly elements?: ReadonlySet<string>;
  readonly failure?: string;
  /** Programs that keep a capture process within bounds, and are not there. */
  readonly unbounded: readonly string[];
}

export async function readElements(signal: AbortSignal): Promise<ElementFacts> {
  const unbounded = ['/usr/bin/prlimit', '/usr/bin/setpriv'].filter((program) => !existsSync(program));
  try {
    return { elements: await installedElements(signal), unbounded };
  } catch (error) {
    signal.throwIfAborted();
    return { failure: (error as Error).message, unbounded };
  }
}

export interface CaptureTrial {
  /** Of the clip that comes with the package, H.264; then of a test picture, for which nothing is decoded. */
  readonly clip: Trial;
  readonly picture?: Trial;
}

export type Trial = { readonly milliseconds: number } | { readonly failure: string };

export async function tryCapture(signal: AbortSignal): Promise<CaptureTrial> {
  const clip = await firstFrame(`file:${packageFile('agent/demo/street.mp4')}`, signal);
  if ('milliseconds' in clip) return { clip };
  return { clip, picture: await firstFrame('test:ball?width=320&height=240&frames=1', signal) };
}

async function firstFrame(uri: string, signal: AbortSignal): Promise<Trial> {
  const begunMs = performance.now();
  try {
    const source = openSource(uri, { inputSize: { width: 320, height: 320 } });
    for await (const _frame of source.frames(signal)) return { milliseconds: performance.now() - begunMs };
    signal.throwIfAborted();
    return { failure: 'no frame' };
  } catch (error) {
    signal.throwIfAborted();
    return { failure: (error as Error).message };
  }
}
