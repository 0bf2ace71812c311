// Raw outputs of YOLO heads -> candidate boxes in input pixels.

import type { Box, Detection } from '../detection.js';
import type { YoloHead } from '../folder/description.js';

export interface YoloOutput {
  readonly head: YoloHead;
  readonly values: Float32Array; // (anchors * (5 + classes), gridH, gridW): x, y, w, h, objectness, classes
}

export interface YoloOptions {
  readonly labels: readonly string[];
  readonly inputWidth: number;
  readonly inputHeight: number;
  readonly minScore: number;
}

/** Only cells whose objectness reaches `minScore` are looked at further: the score can only be lower. */
export function decodeYolo(outputs: readonly YoloOutput[], options: YoloOptions): Detection[] {
  return outputs.flatMap((output) => decodeHead(output, options));
}

function decodeHead({ head, values }: YoloOutput, options: YoloOptions): Detection[] {
  const { labels, minScore } = options;
  const cells = head.grid.width * head.grid.height;
  const found: Detection[] = [];
  // With new_coords the network ends in a sigmoid; otherwise compare logits and spare the exponential.
  const probability = head.newCoords ? (value: number) => value : sigmoid;
  const threshold = head.newCoords ? minScore : logit(minScore);
  head.anchors.forEach((anchor, a) => {
    const first = a * (5 + labels.length) * cells;
    const at = (attribute: number, cell: number) => values[first + attribute * cells + cell]!;
    for (let cell = 0; cell < cells; cell++) {
      if (!(at(4, cell) >= threshold)) continue;
      const objectness = probability(at(4, cell));
      let inputBox: Box | undefined;
      for (let classIndex = 0; classIndex < labels.length; classIndex++) {
        const score = objectness * probability(at(5 + classIndex, cell));
        if (!(score >= minScore)) continue;
        inputBox ??= decodeBox((attribute) => at(attribute, cell), cell, anchor, head, options);
        found.push({ label: labels[classIndex]!, classIndex, score, box: inputBox });
      }
    }
  });
  return found;
}

function decodeBox(
  at: (attribute: number) => number,
  cell: number,
  anchor: readonly [number, number],
  { grid, scaleXY, newCoords }: YoloHead,
  { inputWidth, inputHeight }: YoloOptions,
): Box {
  const position = (value: number) => (newCoords ? value : sigmoid(value)) * scaleXY - (scaleXY - 1) / 2;
  const size = (value: number) => (newCoords ? (2 * value) ** 2 : Math.exp(value));
  const x = (((cell % grid.width) + position(at(0))) / grid.width) * inputWidth;
  const y = ((Math.floor(cell / grid.width) + position(at(1))) / grid.height) * inputHeight;
  const halfWidth = (size(at(2)) * anchor[0]) / 2;
  const halfHeight = (size(at(3)) * anchor[1]) / 2;
  return [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight];
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}
