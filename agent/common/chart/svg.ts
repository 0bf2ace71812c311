// Names, places and words -> elements of SVG, escaped and rounded, and the drawing around them. Pure.

export type Attributes = Readonly<Record<string, string | number | undefined>>;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Grey and black for what all charts share; the colours of marks are theirs. */
const FILE_STYLE = [
  'text{fill:#4a4a4a}',
  '.title{fill:#111;font-size:15px}',
  '.label,.strong{fill:#111;font-weight:600}',
  '.small{font-size:11px}',
  '.grid{stroke:#e2e2e2}',
  '.axis{stroke:#999;fill:none}',
].join('');

/** @param attributes numbers are pixels, written to a hundredth; undefined ones are left out */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes)
    .filter((entry): entry is [string, string | number] => entry[1] !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escaped(value)}"`)
    .join('');
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`;
}

export interface TextOptions {
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly class?: string;
}

export function text(
  x: number,
  y: number,
  content: string,
  { anchor, class: name }: TextOptions = {},
): string {
  return element('text', { x, y, 'text-anchor': anchor, class: name }, escaped(content));
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string {
  return element('line', { x1, y1, x2, y2, ...attributes });
}

/** Drawn around a place. */
export type Mark = (x: number, y: number) => string;

export function dot(fill: string, opacity?: number): Mark {
  return (cx, cy) => element('circle', { cx, cy, r: 4, fill, 'fill-opacity': opacity });
}

export function ring(stroke: string): Mark {
  return (cx, cy) => element('circle', { cx, cy, r: 4, fill: 'none', stroke, 'stroke-width': 1.5 });
}

export function square(fill: string): Mark {
  return (x, y) => element('rect', { x: x - 6, y: y - 6, width: 12, height: 12, fill });
}

/** What a pointer that rests on a mark tells. */
export function hint(content: string): string {
  return element('title', {}, escaped(content));
}

/** Of the size it is drawn for: below that its words are too small to read. */
const LEAST_SCALE = 0.85;

/**
 * A drawing within a page that has the style, in a box that scrolls where a screen is too narrow for it.
 *
 * @param title what it is, and @param description what it shows, in words for those who do not see it
 */
export function drawingInPage(
  { width, height }: Size,
  title: string,
  parts: readonly string[],
  description: string,
): string {
  const attributes = {
    viewBox: `0 0 ${round(width)} ${round(height)}`,
    style: `min-width:${Math.round(LEAST_SCALE * width)}px`,
    role: 'img',
    'aria-label': title,
  };
  const drawing = element('svg', attributes, element('desc', {}, escaped(description)), ...parts);
  return element('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': title }, drawing);
}

/** A drawing that is a file of its own, on white. */
export function drawingFile({ width, height }: Size, parts: readonly string[]): string {
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${round(width)} ${round(height)}`,
    width,
    height,
    'font-family': 'sans-serif',
    'font-size': 12,
  };
  const ground = element('rect', { width: '100%', height: '100%', fill: '#ffffff' });
  const lines = [element('style', {}, FILE_STYLE), ground, ...parts].map((part) => `\n${part}`);
  return `${element('svg', attributes, ...lines, '\n')}\n`;
}

export function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
