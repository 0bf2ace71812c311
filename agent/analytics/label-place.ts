// A detection on a picture -> how thick its box is drawn, and where its label stands. Pure.

import type { Detection } from '../../models/detection.js';
import type { Rect, Size } from '../../pipelines/frame.js';

export interface Marking {
  readonly text: string;
  readonly stroke: number;
  readonly fontSize: number;
  /** Of the field that the text stands on: above the box, or in it where there is no room. */
  readonly label: Rect;
}

export function markingOf({ label, score, box: [x1, y1] }: Detection, { width, height }: Size): Marking {
  const unit = Math.max(width, height) / 640;
  const fontSize = fontSizeOf({ width, height });
  const text = `${label} ${score.toFixed(2)}`;
  const labelWidth = text.length * fontSize * 0.58 + fontSize * 0.5;
  const labelHeight = fontSize * 1.35;
  return {
    text,
    stroke: Math.max(1, 2 * unit),
    fontSize,
    label: {
      x: Math.max(0, Math.min(x1, width - labelWidth)),
      y: y1 - labelHeight >= 0 ? y1 - labelHeight : y1,
      width: labelWidth,
      height: labelHeight,
    },
  };
}

/** Of labels on a picture of the size, in its pixels. */
export function fontSizeOf({ width, height }: Size): number {
  return Math.max(9, (10 * Math.max(width, height)) / 640);
}

export function escapedText(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
