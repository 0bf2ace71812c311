// A picture at its own size + windows of it -> what the detector finds in each.

import { toSource } from '../../../models/decode/boxes.js';
import type { Detection } from '../../../models/detection.js';
import type { Detector } from '../../../models/runtime/detector.js';
import type { Frame, InputSize, Rect } from '../../../pipelines/frame.js';
import { cutWindow, placeWindow } from '../../../pipelines/window.js';
import type { SecondLook } from './merge.js';

/** @param picture one that has not been scaled */
export async function lookAtWindows(
  { detector, input }: { readonly detector: Pick<Detector, 'detect'>; readonly input: InputSize },
  picture: Frame,
  windows: readonly Rect[],
): Promise<SecondLook> {
  const found: SecondLook['windows'][number][] = [];
  let totalMs = 0;
  for (const window of windows) {
    const { inputBoxes, inferenceMs } = await detector.detect(cutWindow(picture, window, input));
    totalMs += inferenceMs;
    found.push({ window, sourceDetections: inWindow(inputBoxes, window, placeWindow(window, input)) });
  }
  return { windows: found, inferenceMs: totalMs };
}

/** Boxes of the input -> pixels of the picture that the window is of. */
export function inWindow(inputBoxes: readonly Detection[], window: Rect, content: Rect): Detection[] {
  return inputBoxes.map((detection) => {
    const [x1, y1, x2, y2] = toSource(detection.box, { content, sourceSize: window });
    const { x, y } = window;
    return { ...detection, box: [x1 + x, y1 + y, x2 + x, y2 + y] as const };
  });
}
