// A camera that plays coloured bars, and one of ours that watches it -> what was seen, for tests of their misbehaviour.

import type { CameraOptions, CameraStatus } from '../../pipelines/capture/camera-options.js';
import { wrongBars } from './bars.js';
import { type RunningCamera, startCamera } from './cameras.js';
import { RtspCamera, type RtspCameraOptions } from './rtsp-camera.js';

export interface Watched {
  readonly served: RtspCamera;
  readonly running: RunningCamera;
  /** Of each frame that did not show the bars, the first included. */
  readonly wrong: string[];
  /** `320x180 16:9` of each frame that is another than the one before: of the picture, and of what it fills. */
  readonly shapes: string[];
  frames(): number;
  /** States in their order, each once. */
  states(): string[];
  close(): Promise<void>;
}

export interface WatchOptions extends Partial<CameraOptions> {
  /** `user:password` */
  readonly login?: string;
  /** What the address ends in. */
  readonly ending?: string;
}

export async function watch(camera: RtspCameraOptions, options: WatchOptions = {}): Promise<Watched> {
  const served = await RtspCamera.start(camera);
  const running = watchServed(served, options);
  return {
    served,
    ...running,
    close: async () => {
      await running.close();
      await served.close();
    },
  };
}

export function watchServed(
  served: RtspCamera,
  { login = '', ending = '', ...options }: WatchOptions = {},
): Omit<Watched, 'served'> {
  const wrong: string[] = [];
  const shapes: string[] = [];
  let frames = 0;
  const running = startCamera(`${served.url(login)}${ending}`, {
    // Long where nothing stalls: a busy machine must not count.
    stallTimeoutMs: 30_000,
    ...options,
    onFrame: (frame) => {
      const bars = wrongBars(frame);
      if (bars.length > 0) wrong.push(`frame ${frames}: ${bars[0]} and ${bars.length - 1} others`);
      frames++;
      const { sourceSize, content } = frame;
      const shape = `${sourceSize.width}x${sourceSize.height} in ${content.width}x${content.height}`;
      if (shapes.at(-1) !== shape) shapes.push(shape);
      options.onFrame?.(frame);
    },
  });
  return {
    running,
    wrong,
    shapes,
    frames: () => frames,
    states: () => eachOnce(running.statuses),
    close: () => running.close(),
  };
}

function eachOnce(statuses: readonly CameraStatus[]): string[] {
  return statuses
    .map((status) => (status.state === 'retrying' ? `retrying: ${status.failure}` : status.state))
    .filter((state, i, all) => state !== all[i - 1]);
}
