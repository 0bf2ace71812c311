// Zones, lines and masks of a camera -> an SVG that shows where they are, the size of the picture. Pure.

import { paletteColour } from '#common/palette.js';
import type { Size } from '../../../pipelines/frame.js';
import { toPixels } from './filter.js';
import type { LineOptions } from './line.js';
import { distance, type Point } from './polygons.js';
import type { ZoneOptions } from './zone.js';

type Shape = Pick<ZoneOptions | LineOptions, 'points'>;

/** By kind, each one polygon. */
export interface DrawnMasks {
  readonly privacy: readonly (readonly Point[])[];
  readonly motion: readonly (readonly Point[])[];
  readonly objects: readonly Shape[];
}

interface Canvas {
  readonly size: Size;
  /** A hair's breadth on a picture 640 pixels wide. */
  readonly unit: number;
  readonly font: number;
}

/** Names and outlines, those of masks broken; an arrow at each line shows which way is `in`; along the edges stand coordinates. */
export function sceneSvg(
  zones: Readonly<Record<string, Shape>>,
  lines: Readonly<Record<string, Shape>>,
  size: Size,
  masks: DrawnMasks = { privacy: [], motion: [], objects: [] },
): string {
  const unit = Math.max(1, Math.max(size.width, size.height) / 640);
  const canvas = { size, unit, font: 11 * unit };
  const drawnZones = Object.entries(zones).map(([id, { points }], i) =>
    zone(id, inPixels(points, size), paletteColour(i), canvas),
  );
  const drawnLines = Object.entries(lines).map(([id, { points }], i) =>
    line(id, inPixels(points, size), paletteColour(drawnZones.length + i), canvas),
  );
  const { privacy, motion } = masks;
  const polygons = { privacy, motion, object: masks.objects.map(({ points }) => points) };
  const drawnMasks = Object.entries(polygons).flatMap(([kind, all]) =>
    all.map((points, i) => mask(`${kind} mask ${i + 1}`, inPixels(points, size), canvas)),
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" ` +
    `font-family="DejaVu Sans, sans-serif" font-size="${n(canvas.font)}">` +
    `${drawnMasks.join('')}${drawnZones.join('')}${drawnLines.join('')}${ruler(canvas)}</svg>`
  );
}

function zone(id: string, points: readonly Point[], colour: string, canvas: Canvas): string {
  const outline = `fill="${colour}" fill-opacity="0.25" stroke="${colour}" stroke-width="${n(2 * canvas.unit)}"`;
  const top = points.reduce((highest, point) => (point[1] < highest[1] ? point : highest));
  return `<polygon points="${list(points)}" ${outline}/>${tag(id, top, colour, canvas)}`;
}

function mask(name: string, points: readonly Point[], canvas: Canvas): string {
  const { unit } = canvas;
  const width = `fill="none" stroke-width="${n(2 * unit)}"`;
  const broken = `stroke="#fff" stroke-dasharray="${n(6 * unit)}"`;
  const top = points.reduce((highest, point) => (point[1] < highest[1] ? point : highest));
  const drawn = (stroke: string) => `<polygon points="${list(points)}" ${width} ${stroke}/>`;
  return drawn('stroke="#000"') + drawn(broken) + tag(name, top, '#fff', canvas);
}

function line(id: string, points: readonly Point[], colour: string, canvas: Canvas): string {
  const { unit, font } = canvas;
  const stroke = `fill="none" stroke="${colour}" stroke-width="${n(3 * unit)}"`;
  const [middle, along] = middleOf(points);
  // y points down: a quarter turn to the right of (x, y) is (-y, x).
  const right: Point = [-along[1], along[0]];
  const at = (forward: number, sideways: number): Point => [
    middle[0] + forward * unit * along[0] + sideways * unit * right[0],
    middle[1] + forward * unit * along[1] + sideways * unit * right[1],
  ];
  const head = list([at(0, 32), at(-6, 20), at(6, 20)]);
  const label = at(0, 40);
  return (
    `<polyline points="${list(points)}" ${stroke}/>` +
    `<polyline points="${list([at(0, 0), at(0, 22)])}" ${stroke}/><polygon points="${head}" fill="${colour}"/>` +
    tag('in', [label[0] - font * 0.8, label[1] + font * 0.7], colour, canvas) +
    tag(id, points[0]!, colour, canvas)
  );
}

/** Halfway along a line, and the direction there. */
function middleOf(points: readonly Point[]): [middle: Point, along: Point] {
  const lengths = points.slice(1).map((point, i) => distance(points[i]!, point));
  let left = lengths.reduce((sum, length) => sum + length, 0) / 2;
  let i = 0;
  while (i < lengths.length - 1 && left > lengths[i]!) left -= lengths[i++]!;
  const [a, b] = [points[i]!, points[i + 1]!];
  const along: Point = [(b[0] - a[0]) / lengths[i]!, (b[1] - a[1]) / lengths[i]!];
  return [[a[0] + left * along[0], a[1] + left * along[1]], along];
}

/** A name on its colour, above a point where the picture has room for it. */
function tag(text: string, [x, y]: Point, colour: string, { size, font }: Canvas): string {
  const width = text.length * font * 0.62 + font * 0.6;
  const height = font * 1.4;
  const left = Math.max(0, Math.min(x, size.width - width));
  const top = Math.max(0, Math.min(y - height, size.height - height));
  return (
    `<rect x="${n(left)}" y="${n(top)}" width="${n(width)}" height="${n(height)}" fill="${colour}"/>` +
    `<text x="${n(left + font * 0.3)}" y="${n(top + font * 1.05)}">${text}</text>`
  );
}

/** Marks at each tenth of the picture, so that coordinates can be read off. */
function ruler({ size: { width, height }, unit, font }: Canvas): string {
  const marks = Array.from({ length: 9 }, (_, i) => (i + 1) / 10).map((part) => {
    const [x, y] = [part * width, part * height];
    const text = `.${Math.round(part * 10)}`;
    return (
      `<path d="M${n(x)} 0v${n(6 * unit)}M0 ${n(y)}h${n(6 * unit)}" stroke="#fff" stroke-width="${n(unit)}"/>` +
      `<text x="${n(x)}" y="${n(6 * unit + font)}" text-anchor="middle">${text}</text>` +
      `<text x="${n(8 * unit)}" y="${n(y + font * 0.35)}">${text}</text>`
    );
  });
  return `<g fill="#fff" font-size="${n(font * 0.8)}" stroke="#000" stroke-width="${n(unit * 2)}" paint-order="stroke">${marks.join('')}</g>`;
}

function inPixels(points: readonly Point[], size: Size): Point[] {
  return points.map((point) => toPixels(point, size));
}

function list(points: readonly Point[]): string {
  return points.map(([x, y]) => `${n(x)},${n(y)}`).join(' ');
}

function n(value: number): string {
  return value.toFixed(1);
}
