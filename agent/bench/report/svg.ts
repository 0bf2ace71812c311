// Scales, ticks and pieces of SVG that the charts of a report share. Colours are classes: style.ts has them. Pure.

export interface Scale {
  (value: number): number;
  readonly ticks: readonly number[];
}

export interface Plot {
  readonly width: number;
  readonly height: number;
  readonly margin: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  };
}

export const PLOT: Plot = { width: 640, height: 340, margin: { left: 58, right: 18, top: 16, bottom: 44 } };

/** From 0 to the next nice number above. @param pixels of 0 and of the end */
export function linear(most: number, pixels: readonly [number, number], about = 5): Scale {
  const step = niceStep(most / about);
  const top = Math.max(step, Math.ceil(most / step - 1e-9) * step);
  return scale(
    (value) => value / top,
    pixels,
    range(0, Math.round(top / step)).map((i) => i * step),
  );
}

/** Between two values, which need not be nice. */
export function between(least: number, most: number, pixels: readonly [number, number], about = 6): Scale {
  const step = niceStep((most - least) / about || 1);
  const first = Math.ceil(least / step - 1e-9);
  const ticks = range(first, Math.floor(most / step + 1e-9)).map((i) => i * step);
  return scale((value) => (value - least) / (most - least || 1), pixels, ticks);
}

/** Whole powers of ten, and 2 and 5 between where there are few. @param least above 0 */
export function logarithmic(least: number, most: number, pixels: readonly [number, number]): Scale {
  const [from, to] = [Math.log10(least), Math.log10(most)];
  const powers = range(Math.floor(from), Math.ceil(to));
  const factors = to - from < 2.5 ? [1, 2, 5] : [1];
  const ticks = powers
    .flatMap((power) => factors.map((factor) => factor * 10 ** power))
    .filter((tick) => tick >= least * 0.999 && tick <= most * 1.001);
  return scale((value) => (Math.log10(value) - from) / (to - from || 1), pixels, ticks);
}

function scale(
  part: (value: number) => number,
  [start, end]: readonly [number, number],
  ticks: readonly number[],
): Scale {
  return Object.assign((value: number) => Number((start + part(value) * (end - start)).toFixed(1)), {
    ticks,
  });
}

function niceStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return [1, 2, 5, 10].find((factor) => factor * power >= atLeast * 0.999)! * power;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}

/** The drawing with a name for those who do not see it. */
export function svg(
  { width, height }: Pick<Plot, 'width' | 'height'>,
  title: string,
  parts: readonly string[],
): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">${parts.join('')}</svg>`;
}

/** Grid lines, numbers and names of both axes. */
export function axes(
  plot: Plot,
  x: Scale,
  y: Scale,
  names: { readonly x: string; readonly y: string },
): string {
  const { width, height, margin } = plot;
  const [left, right, top, bottom] = [margin.left, width - margin.right, margin.top, height - margin.bottom];
  return [
    ...y.ticks.map(
      (tick) =>
        `<path class="grid" d="M${left} ${y(tick)}H${right}"/>${text(left - 8, y(tick) + 4, short(tick), 'end')}`,
    ),
    ...x.ticks.map(
      (tick) =>
        `<path class="grid" d="M${x(tick)} ${top}V${bottom}"/>${text(x(tick), bottom + 17, short(tick), 'middle')}`,
    ),
    `<path class="axis" d="M${left} ${top}V${bottom}H${right}"/>`,
    text((left + right) / 2, height - 6, names.x, 'middle', 'name'),
    `<g transform="translate(13 ${(top + bottom) / 2}) rotate(-90)">${text(0, 0, names.y, 'middle', 'name')}</g>`,
  ].join('');
}

export function text(
  x: number,
  y: number,
  content: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
  name = '',
): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}"${name && ` class="${name}"`}>${escaped(content)}</text>`;
}

/** Points joined. */
export function line(points: readonly (readonly [number, number])[], name: string): string {
  return `<polyline class="${name}" points="${points.map(([x, y]) => `${x},${y}`).join(' ')}"/>`;
}

/** What a pointer that rests on a mark tells. */
export function hint(content: string): string {
  return `<title>${escaped(content)}</title>`;
}

export function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** As few digits as tell. */
export function short(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 10_000) return `${Number((value / 1000).toPrecision(3))}k`;
  return `${Number(value.toPrecision(size >= 100 ? 4 : 3))}`;
}
