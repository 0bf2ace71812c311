// Input size -> how many cells the maps of a detector have, and back: number of boxes -> strides of the maps.

export interface Extent {
  readonly width: number;
  readonly height: number;
}

/**
 * In the order in which they are tried: the usual three maps, four of larger networks, two of tiny ones. One map is no
 * sign: three boxes for each of 10 x 10 cells are as many as the 300 rows of a network that needs no cells.
 */
const STRIDES: readonly (readonly number[])[] = [
  [8, 16, 32],
  [8, 16, 32, 64],
  [4, 8, 16, 32],
  [16, 32],
];

/** Maps of a size that a stride does not divide are rounded up, as padded convolutions give them. */
export function cellsOf({ width, height }: Extent, strides: readonly number[]): number {
  return strides.reduce((sum, stride) => sum + Math.ceil(width / stride) * Math.ceil(height / stride), 0);
}

/** @returns nothing where no maps have so many cells, `perCell` boxes each */
export function stridesOf(boxes: number, size: Extent, perCell = 1): readonly number[] | undefined {
  return STRIDES.find((strides) => perCell * cellsOf(size, strides) === boxes);
}

/** Centre of each cell in pixels and its stride, map after map, row after row. */
export function centresOf(
  { width, height }: Extent,
  strides: readonly number[],
): [x: number, y: number, stride: number][] {
  return strides.flatMap((stride) => {
    const across = Math.ceil(width / stride);
    return Array.from(
      { length: across * Math.ceil(height / stride) },
      (_, cell): [number, number, number] => [
        ((cell % across) + 0.5) * stride,
        (Math.floor(cell / across) + 0.5) * stride,
        stride,
      ],
    );
  });
}
