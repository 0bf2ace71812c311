// Red, green and blue -> luma and differences of colour as JPEG has them (JFIF 1.02: BT.601, all levels).

/** @returns in the unit of its input, `u` and `v` around zero */
export function jfifOf(red: number, green: number, blue: number): { y: number; u: number; v: number } {
  const y = 0.299 * red + 0.587 * green + 0.114 * blue;
  return { y, u: (blue - y) / 1.772, v: (red - y) / 1.402 };
}
