// A picture, what was found on it and the camera's zones, lines and masks -> a canvas.

import type { Found, PictureHead, PictureSize, Point, SceneView } from '../protocol.js';
import { inkOn, labelColour, paletteColour } from './colours.js';

export interface Drawn {
  readonly head: PictureHead;
  readonly picture: ImageBitmap | undefined;
}

interface Sheet {
  readonly context: CanvasRenderingContext2D;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
}

const FONT = '12px system-ui, sans-serif';
const LONGEST_NAME = 40;
/** CSS pixels of a picture on which names alone have room. */
const NARROW = 700;

/** @returns where to draw in CSS pixels, at the resolution of the screen */
export function sheetOf(canvas: HTMLCanvasElement): Sheet | undefined {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext('2d');
  if (context === null || width === 0 || height === 0) return undefined;
  const scale = window.devicePixelRatio;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.font = FONT;
  return { context, width, height };
}

export function drawLive(canvas: HTMLCanvasElement, drawn: Drawn | undefined, scene: SceneView): void {
  const sheet = sheetOf(canvas);
  if (sheet === undefined) return;
  drawPicture(sheet, drawn?.picture);
  drawScene(sheet, scene);
  for (const one of drawn?.head.found ?? []) drawFound(sheet, one, drawn!.head.sourceSize);
}

export function drawPicture({ context, width, height }: Sheet, picture: ImageBitmap | undefined): void {
  context.clearRect(0, 0, width, height);
  if (picture !== undefined) context.drawImage(picture, 0, 0, width, height);
}

function drawScene(sheet: Sheet, { zones, lines, masks }: SceneView): void {
  const { context } = sheet;
  for (const [i, [id, { points }]] of Object.entries(zones).entries()) {
    trace(sheet, points, true);
    context.fillStyle = `${paletteColour(i)}26`;
    context.fill();
    stroke(context, paletteColour(i), 1.5);
    tag(sheet, id, topOf(sheet, points), paletteColour(i));
  }
  const zoneCount = Object.keys(zones).length;
  for (const [i, [id, { points }]] of Object.entries(lines).entries()) {
    const colour = paletteColour(zoneCount + i);
    trace(sheet, points, false);
    stroke(context, colour, 2.5);
    arrow(sheet, points, colour);
    tag(sheet, id, place(sheet, points[0]!), colour);
  }
  context.setLineDash([5, 4]);
  for (const points of [...masks.motion, ...masks.objects.map((mask) => mask.points)]) {
    trace(sheet, points, true);
    stroke(context, '#fff', 1);
  }
  context.setLineDash([]);
}

function drawFound(sheet: Sheet, { box, label, id, score, stationary }: Found, source: PictureSize): void {
  const { context, width, height } = sheet;
  const [x1, y1, x2, y2] = box;
  const left = (x1 / source.width) * width;
  const top = (y1 / source.height) * height;
  const colour = labelColour(label);
  context.beginPath();
  context.rect(left, top, ((x2 - x1) / source.width) * width, ((y2 - y1) / source.height) * height);
  // What is no object yet, or stands, is told apart by more than its colour.
  context.setLineDash(id === undefined ? [3, 3] : []);
  stroke(context, colour, stationary ? 1 : 2);
  context.setLineDash([]);
  const number = id === undefined ? '' : ` ${id}`;
  const sureness = width < NARROW ? '' : `, ${Math.round(score * 100)} %`;
  tag(sheet, `${label}${number}${sureness}`, [left, top], colour);
}

/** Light on dark, so that it is seen on any picture. */
function stroke(context: CanvasRenderingContext2D, colour: string, width: number): void {
  context.lineJoin = 'round';
  context.strokeStyle = 'rgb(0 0 0 / 55%)';
  context.lineWidth = width + 2;
  context.stroke();
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

function trace(sheet: Sheet, points: readonly Point[], isClosed: boolean): void {
  const { context } = sheet;
  context.beginPath();
  for (const point of points) context.lineTo(...place(sheet, point));
  if (isClosed) context.closePath();
}

/** To the right of a line, looking from its first point to its last: `in`. */
function arrow(sheet: Sheet, points: readonly Point[], colour: string): void {
  const { context } = sheet;
  const shaft = arrowOf(points.map((point) => place(sheet, point)));
  context.beginPath();
  for (const [x, y] of shaft.shaft) context.lineTo(x, y);
  stroke(context, colour, 2);
  context.beginPath();
  for (const [x, y] of shaft.head) context.lineTo(x, y);
  context.closePath();
  context.fillStyle = colour;
  context.fill();
  const [x, y] = shaft.end;
  tag(sheet, 'in', [x - 8, y + 8], colour);
}

/** @param points pixels, of a line */
export function arrowOf(points: readonly Point[]): {
  readonly shaft: Point[];
  readonly head: Point[];
  /** Where it says that this way is in. */
  readonly end: Point;
} {
  const middle = Math.floor((points.length - 1) / 2);
  const [a, b] = [points[middle]!, points[Math.min(points.length - 1, middle + 1)]!];
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
  const along: Point = [(b[0] - a[0]) / length, (b[1] - a[1]) / length];
  // y points down: a quarter turn to the right of (x, y) is (-y, x).
  const at = (forward: number, right: number): Point => [
    (a[0] + b[0]) / 2 + along[0] * forward - along[1] * right,
    (a[1] + b[1]) / 2 + along[1] * forward + along[0] * right,
  ];
  return { shaft: [at(0, 0), at(0, 14)], head: [at(0, 24), at(-6, 13), at(6, 13)], end: at(0, 36) };
}

function tag({ context, width }: Sheet, text: string, [x, y]: Point, colour: string): void {
  const short = text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}…` : text;
  // Isolated: a name that is written from the right turns nothing else.
  const shown = `\u2068${short}\u2069`;
  const textWidth = context.measureText(shown).width;
  const left = Math.max(0, Math.min(x, width - textWidth - 8));
  const top = y < 17 ? y : y - 17;
  context.fillStyle = colour;
  context.fillRect(left, top, textWidth + 8, 17);
  context.fillStyle = inkOn(colour);
  context.textBaseline = 'middle';
  context.fillText(shown, left + 4, top + 9);
}

function place({ width, height }: Sheet, [x, y]: Point): [number, number] {
  return [x * width, y * height];
}

function topOf(sheet: Sheet, points: readonly Point[]): Point {
  return place(
    sheet,
    points.reduce((top, point) => (point[1] < top[1] ? point : top)),
  );
}
