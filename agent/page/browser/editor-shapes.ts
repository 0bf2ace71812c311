// A shape that is edited -> what of it is drawn over the picture, and the handles by which it is moved.

import type { Point } from '../protocol.js';
import { paletteColour } from './colours.js';
import { svgElement } from './dom.js';
import { arrowOf } from './drawing.js';
import type { EditedShape } from './editor-model.js';

export interface ShapeNodes {
  /** What is pressed to move the shape. */
  readonly outline: SVGElement;
  /** All of them, that one included, the lowest first. */
  readonly nodes: SVGElement[];
}

/** @param index of the shape among all */
export function colourOf({ kind }: EditedShape, index: number): string {
  return kind === 'zone' || kind === 'line' ? paletteColour(index) : '#fff';
}

/** @param points of the shape, in CSS pixels */
export function shapeNodes(
  { kind }: EditedShape,
  name: string,
  points: readonly Point[],
  { colour, isCurrent }: { readonly colour: string; readonly isCurrent: boolean },
): ShapeNodes {
  const isLine = kind === 'line';
  const tag = isLine ? 'polyline' : 'polygon';
  const outline = svgElement(tag, {
    points: listOf(points),
    class: `shape ${kind}${isCurrent ? ' current' : ''}`,
    stroke: colour,
    fill: isLine ? 'none' : colour,
  });
  const under = svgElement(tag, { points: listOf(points), class: 'under', fill: 'none' });
  const arrow = isLine ? arrowNodes(points, colour) : [];
  return { outline, nodes: [under, outline, ...arrow, nameNode(name, points, colour)] };
}

function arrowNodes(points: readonly Point[], colour: string): SVGElement[] {
  const { shaft, head, end } = arrowOf(points);
  return [
    svgElement('polyline', { points: listOf(shaft), class: 'arrow', stroke: colour, fill: 'none' }),
    svgElement('polygon', { points: listOf(head), class: 'arrow', fill: colour }),
    svgElement('text', { x: end[0] - 7, y: end[1] + 4, class: 'name', fill: colour }, 'in'),
  ];
}

/** At the highest point. A name that is written from right to left turns nothing round beside it. */
function nameNode(name: string, points: readonly Point[], colour: string): SVGElement {
  const [x, y] = points.reduce((top, point) => (point[1] < top[1] ? point : top));
  const at = { x: x + 4, y: Math.max(14, y - 8) };
  return svgElement('text', { ...at, class: 'name', fill: colour }, `\u2068${name}\u2069`);
}

/** Where a point can be put between two others. */
export function betweenNode([cx, cy]: Point, colour: string): SVGElement {
  return svgElement('circle', { cx, cy, r: 5, class: 'between', stroke: colour, 'aria-hidden': true });
}

/** @param point as shares of the picture */
export function cornerNode(
  point: Point,
  index: number,
  count: number,
  [cx, cy]: Point,
  colour: string,
): SVGElement {
  const percent = (value: number) => `${Math.round(value * 1000) / 10} %`;
  return svgElement('circle', {
    ...{ cx, cy, r: 8, class: 'corner', fill: colour, tabindex: 0, role: 'button', 'data-point': index },
    'aria-label': `Point ${index + 1} of ${count}, ${percent(point[0])} from the left, ${percent(point[1])} from the top`,
  });
}

/** @param at where the next point would be */
export function unfinishedNodes(points: readonly Point[], at: Point): SVGElement[] {
  const [x, y] = at;
  return [
    svgElement('polyline', { points: listOf([...points, at]), class: 'unfinished' }),
    ...points.map(([cx, cy]) => svgElement('circle', { cx, cy, r: 5, class: 'placed' })),
    svgElement('path', { d: `M${x - 12} ${y}h24M${x} ${y - 12}v24`, class: 'cross' }),
  ];
}

function listOf(points: readonly Point[]): string {
  return points.map((point) => point.join(',')).join(' ');
}
