// What a detector finds.

/** Corners x1, y1, x2, y2 in pixels. The coordinate space is in the name of the variable that holds it. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number];

export interface Detection {
  readonly label: string;
  readonly classIndex: number;
  /** Objectness times class probability, 0..1. */
  readonly score: number;
  readonly box: Box;
  /** `second`: not seen in the whole picture, but in a part of it at its own size. */
  readonly look?: 'second';
}
