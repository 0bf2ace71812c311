// Detections in source pixels -> an SVG of their boxes and labels, the size of the picture. Pure.

import { paletteColour } from '#common/palette.js';
import type { Detection } from '../../models/detection.js';
import type { Size } from '../../pipelines/frame.js';

export function overlaySvg(detections: readonly Detection[], { width, height }: Size): string {
  const unit = Math.max(width, height) / 640;
  const stroke = Math.max(1, 2 * unit);
  const font = Math.max(9, 10 * unit);
  // The best is drawn last, on top of the others.
  const boxes = detections.toReversed().map(({ label, classIndex, score, box: [x1, y1, x2, y2] }) => {
    const colour = paletteColour(classIndex);
    const text = `${label} ${score.toFixed(2)}`;
    const labelWidth = text.length * font * 0.58 + font * 0.5;
    const labelHeight = font * 1.35;
    const left = Math.max(0, Math.min(x1, width - labelWidth));
    const top = y1 - labelHeight >= 0 ? y1 - labelHeight : y1;
    return (
      `<rect x="${n(x1)}" y="${n(y1)}" width="${n(x2 - x1)}" height="${n(y2 - y1)}" fill="none" stroke="${colour}" stroke-width="${n(stroke)}"/>` +
      `<rect x="${n(left)}" y="${n(top)}" width="${n(labelWidth)}" height="${n(labelHeight)}" fill="${colour}"/>` +
      `<text x="${n(left + font * 0.25)}" y="${n(top + font)}">${escaped(text)}</text>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `font-family="DejaVu Sans, sans-serif" font-size="${n(font)}">${boxes.join('')}</svg>`
  );
}

function n(value: number): string {
  return value.toFixed(1);
}

function escaped(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
