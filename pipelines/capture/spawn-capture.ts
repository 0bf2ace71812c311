// A source and what its camera was told -> a running capture process.

import { installedElements } from '../elements.js';
import { planCapture } from '../launch.js';
import { withInput } from '../piped-input.js';
import type { Source } from '../sources.js';
import { trusting } from '../trust.js';
import type { CameraOptions } from './camera-options.js';
import { isPicture } from './picture-source.js';
import { type Capture, type CaptureHandlers, CaptureProcess } from './process.js';

/** @throws CaptureError where the source cannot be planned or opened */
export async function spawnCapture(
  cameraSource: Source,
  camera: CameraOptions,
  handlers: CaptureHandlers,
  signal: AbortSignal,
): Promise<Capture> {
  const { id, inputSize, pool, pace = 'realtime', prefer, motion, masks, packets, largest } = camera;
  const elements = await installedElements(signal);
  const options = {
    inputSize,
    delivery: 'newest',
    pace,
    motion,
    masks,
    keepPictures: camera.keepPictures ?? false,
    windows: camera.onWindow !== undefined,
    keepPacketsMs: packets?.keepMs,
    largest,
    onlyLive: true,
    isPicture: isPicture(cameraSource),
    ...(prefer && { prefer }),
  } as const;
  const { source, input } = await withInput(await trusting(cameraSource, camera), signal);
  const plan = planCapture(source, options, (name) => elements.has(name));
  const { memoryBytes } = camera;
  const capture = new CaptureProcess(plan, pool, handlers, { memoryBytes, camera: id, input });
  if (signal.aborted) await capture.close();
  else await capture.start();
  return capture;
}
