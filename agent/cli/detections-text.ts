// What was found -> lines for people.

import type { Detection } from '../../models/detection.js';
import type { FrameResult } from '../inference/frame-path.js';

/** `clip.mp4 12.40 s: 3 person, 1 car (17.2 ms)`; the time only for frames of a recording or camera. */
export function detectionLine(
  input: string,
  { frame, sourceDetections, inferenceMs, second }: FrameResult,
): string {
  const time = frame.mediaTimeMs > 0 ? ` ${(frame.mediaTimeMs / 1000).toFixed(2)} s` : '';
  const again =
    second === undefined ? '' : `, ${second.inferenceMs.toFixed(1)} ms for ${second.windows.length} parts`;
  return `${input}${time}: ${countsText(sourceDetections)} (${inferenceMs.toFixed(1)} ms${again})`;
}

/** `3 person, 1 car`, the most frequent first. */
export function countsText(detections: readonly Pick<Detection, 'label'>[]): string {
  const counts = new Counts();
  counts.add(detections);
  return counts.text();
}

class Counts {
  readonly #byLabel = new Map<string, number>();

  add(detections: readonly Pick<Detection, 'label'>[]): void {
    for (const { label } of detections) this.#byLabel.set(label, (this.#byLabel.get(label) ?? 0) + 1);
  }

  text(): string {
    const parts = [...this.#byLabel]
      .sort(([, a], [, b]) => b - a)
      .map(([label, count]) => `${count} ${label}`);
    return parts.length === 0 ? 'nothing' : parts.join(', ');
  }
}

/** Over the frames of one input. */
export class Tally {
  readonly #startedMs = performance.now();
  readonly #counts = new Counts();
  #inferenceMs = 0;
  frames = 0;

  add({ sourceDetections, inferenceMs }: FrameResult): void {
    this.frames++;
    this.#inferenceMs += inferenceMs;
    this.#counts.add(sourceDetections);
  }

  summary(input: string): string {
    const seconds = (performance.now() - this.#startedMs) / 1000;
    const mean = (this.#inferenceMs / this.frames).toFixed(1);
    const fps = (this.frames / seconds).toFixed(1);
    return `${input}: ${this.frames} frames in ${seconds.toFixed(1)} s, ${fps} a second, ${mean} ms each; in all ${this.#counts.text()}`;
  }
}
