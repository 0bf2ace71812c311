// Detections in source pixels -> an SVG of their boxes and labels, the size of the picture. Pure.

import { paletteColour } from '#common/palette.js';
import type { Detection } from '../../models/detection.js';
import type { Size } from '../../pipelines/frame.js';
import { escapedText, fontSizeOf, markingOf } from './label-place.js';

export const OVERLAY_FONT = 'DejaVu Sans, sans-serif';

export function overlaySvg(detections: readonly Detection[], size: Size): string {
  const { width, height } = size;
  const font = fontSizeOf(size);
  // The best is drawn last, on top of the others.
  const boxes = detections.toReversed().map((detection) => {
    const [x1, y1, x2, y2] = detection.box;
    const colour = paletteColour(detection.classIndex);
    const { text, stroke, label } = markingOf(detection, size);
    return (
      `<rect x="${n(x1)}" y="${n(y1)}" width="${n(x2 - x1)}" height="${n(y2 - y1)}" fill="none" stroke="${colour}" stroke-width="${n(stroke)}"/>` +
      `<rect x="${n(label.x)}" y="${n(label.y)}" width="${n(label.width)}" height="${n(label.height)}" fill="${colour}"/>` +
      `<text x="${n(label.x + font * 0.25)}" y="${n(label.y + font)}">${escapedText(text)}</text>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `font-family="${OVERLAY_FONT}" font-size="${n(font)}">${boxes.join('')}</svg>`
  );
}

function n(value: number): string {
  return value.toFixed(1);
}
