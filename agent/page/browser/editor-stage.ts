// The picture that is edited on: shapes are drawn, picked and moved by mouse, finger or keys.

import type { Point } from '../protocol.js';
import { element, svgElement } from './dom.js';
import { type Drawn, drawPicture, sheetOf } from './drawing.js';
import { type EditedShape, type EditorModel, fewestPoints, KINDS, type Kind } from './editor-model.js';
import { betweenNode, colourOf, cornerNode, shapeNodes, unfinishedNodes } from './editor-shapes.js';

export interface StageOptions {
  readonly model: EditorModel;
  /** Something was changed or selected. */
  readonly onChange: () => void;
  /** What can be done now, for people. */
  readonly onHint: (text: string) => void;
}

const STEP = 0.01;
const SMALL_STEP = 0.001;
/** CSS pixels from the first point within which a click closes a shape. */
const CLOSING = 12;
const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export class EditorStage {
  readonly node: HTMLElement;
  readonly #options: StageOptions;
  readonly #canvas = element('canvas', { 'aria-hidden': true });
  readonly #svg = svgElement('svg', { role: 'group', 'aria-label': 'Shapes' });
  #picture: Drawn | undefined;
  /** While a shape is drawn: its points so far, and where the next one would be. */
  #drawing: { readonly kind: Kind; points: Point[]; at: Point } | undefined;

  constructor(options: StageOptions) {
    this.#options = options;
    this.node = element(
      'div',
      {
        class: 'stage',
        tabindex: 0,
        role: 'application',
        'aria-label': 'Picture with zones, lines and masks',
      },
      this.#canvas,
      this.#svg,
    );
    this.node.addEventListener('keydown', (event) => this.#key(event));
    this.#svg.addEventListener('pointerdown', () => this.#leaveFields(), { capture: true });
    this.#svg.addEventListener('pointerdown', (event) => this.#press(event));
    this.#svg.addEventListener('pointermove', (event) => {
      if (this.#drawing === undefined) return;
      this.#drawing.at = this.#pointOf(event);
      this.draw();
    });
    this.#svg.addEventListener('dblclick', () => this.#finish());
    new ResizeObserver(() => this.draw()).observe(this.node);
  }

  show(picture: Drawn): void {
    this.#picture = picture;
    const { width, height } = picture.head.sourceSize;
    this.node.style.aspectRatio = String(width / height);
    this.draw();
  }

  /** Points of a new shape are placed from now on. */
  begin(kind: Kind): void {
    this.#drawing = { kind, points: [], at: [0.5, 0.5] };
    this.#options.model.selected = undefined;
    this.node.classList.add('drawing');
    this.node.focus();
    this.#options.onHint(
      `${KINDS[kind]}: click to place points, or move the cross by arrow keys and press Space. Enter finishes${kind === 'line' ? '' : ', so does a click on the first point'}. Escape gives up.`,
    );
    this.#options.onChange();
  }

  draw(): void {
    const sheet = sheetOf(this.#canvas);
    if (sheet !== undefined) drawPicture(sheet, this.#picture?.picture);
    const focused = document.activeElement?.getAttribute('data-point');
    const { model } = this.#options;
    const shapes = model.shapes.flatMap((shape, i) => this.#shape(shape, i));
    // Whatever lies over its shape, a point that can be moved can be got at.
    const handles = model.shapes.flatMap((shape, i) =>
      shape.key === model.selected ? this.#handles(shape, colourOf(shape, i)) : [],
    );
    this.#svg.replaceChildren(...shapes, ...handles, ...this.#unfinished());
    // The handle that had the focus has been made anew.
    if (focused !== null && focused !== undefined)
      this.#svg.querySelector<SVGElement>(`[data-point="${focused}"]`)?.focus();
  }

  /** @param index of a point of the selected shape */
  focusPoint(index: number): void {
    this.#svg.querySelector<SVGElement>(`[data-point="${index}"]`)?.focus();
  }

  #shape(shape: EditedShape, index: number): SVGElement[] {
    const { model } = this.#options;
    const drawn = shapeNodes(
      shape,
      model.nameOf(shape),
      shape.points.map((point) => this.#pixels(point)),
      { colour: colourOf(shape, index), isCurrent: model.selected === shape.key },
    );
    drawn.outline.addEventListener('pointerdown', (event) => this.#pressShape(event, shape.key));
    return drawn.nodes;
  }

  #handles(shape: EditedShape, colour: string): SVGElement[] {
    const { model } = this.#options;
    const { points } = shape;
    const gaps = points.length - (shape.kind === 'line' ? 1 : 0);
    const between = Array.from({ length: gaps }, (_, i) => {
      const [a, b] = [points[i]!, points[(i + 1) % points.length]!];
      const node = betweenNode(this.#pixels([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]), colour);
      node.addEventListener('pointerdown', (event) => {
        model.insertPoint(shape.key, i);
        this.#dragPoint(event, shape.key, i + 1, false);
      });
      return node;
    });
    const corners = points.map((point, i) => {
      const node = cornerNode(point, i, points.length, this.#pixels(point), colour);
      node.addEventListener('pointerdown', (event) => this.#dragPoint(event, shape.key, i, true));
      return node;
    });
    return [...between, ...corners];
  }

  #unfinished(): SVGElement[] {
    if (this.#drawing === undefined) return [];
    const { points, at } = this.#drawing;
    return unfinishedNodes(
      points.map((point) => this.#pixels(point)),
      this.#pixels(at),
    );
  }

  /** What was typed there is of the shapes and points as they are before anything is pressed. */
  #leaveFields(): void {
    const { activeElement } = document;
    if (activeElement instanceof HTMLInputElement) activeElement.blur();
  }

  #press(event: PointerEvent): void {
    if (event.button !== 0) return;
    if (this.#drawing === undefined) {
      if (event.target === this.#svg) this.#select(undefined);
      return;
    }
    event.preventDefault();
    this.node.focus();
    this.#placePoint(this.#pointOf(event));
  }

  #placePoint(at: Point): void {
    const drawing = this.#drawing;
    if (drawing === undefined) return;
    const [x, y] = this.#pixels(at);
    const near = (point: Point | undefined) => {
      if (point === undefined) return false;
      const [px, py] = this.#pixels(point);
      return Math.hypot(px - x, py - y) < CLOSING;
    };
    const canFinish = drawing.points.length >= fewestPoints(drawing.kind);
    if (canFinish && drawing.kind !== 'line' && near(drawing.points[0])) {
      this.#finish();
      return;
    }
    // The second half of a double click.
    if (near(drawing.points.at(-1))) return;
    drawing.points.push(at);
    drawing.at = at;
    this.#options.onHint(
      `${drawing.points.length} ${drawing.points.length === 1 ? 'point' : 'points'}. Enter finishes, Escape gives up.`,
    );
    this.draw();
  }

  #finish(): void {
    const drawing = this.#drawing;
    if (drawing === undefined) return;
    if (drawing.points.length < fewestPoints(drawing.kind)) {
      this.#options.onHint(
        `A ${KINDS[drawing.kind].toLowerCase()} has at least ${fewestPoints(drawing.kind)} points.`,
      );
      return;
    }
    this.#end();
    this.#options.model.add(drawing.kind, drawing.points);
    this.#options.onChange();
  }

  #end(): void {
    this.#drawing = undefined;
    this.node.classList.remove('drawing');
    this.#options.onHint('');
  }

  #select(key: number | undefined): void {
    this.#options.model.selected = key;
    this.#options.onChange();
  }

  #pressShape(event: PointerEvent, key: number): void {
    const { model } = this.#options;
    const points = model.shapes.find((shape) => shape.key === key)?.points;
    if (event.button !== 0 || this.#drawing !== undefined || points === undefined) return;
    event.preventDefault();
    const from = this.#pointOf(event);
    if (model.selected !== key) this.#select(key);
    this.#drag(event, (to) => model.moveShape(key, points, [to[0] - from[0], to[1] - from[1]]), true);
  }

  /** @param isStep whether the drag is a step of its own that can be taken back */
  #dragPoint(event: PointerEvent, key: number, index: number, isStep: boolean): void {
    if (event.button !== 0 || this.#drawing !== undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.#drag(event, (to) => this.#options.model.movePoint(key, index, to), isStep);
    this.draw();
    this.focusPoint(index);
  }

  #drag(event: PointerEvent, move: (to: Point) => void, isStep: boolean): void {
    let hasMoved = !isStep;
    this.#svg.setPointerCapture(event.pointerId);
    const onMove = (moved: PointerEvent) => {
      if (!hasMoved) this.#options.model.beginMove();
      hasMoved = true;
      move(this.#pointOf(moved));
      this.draw();
    };
    const onEnd = () => {
      this.#svg.removeEventListener('pointermove', onMove);
      this.#options.onChange();
    };
    this.#svg.addEventListener('pointermove', onMove);
    this.#svg.addEventListener('lostpointercapture', onEnd, { once: true });
  }

  #key(event: KeyboardEvent): void {
    const point = (event.target as Element).getAttribute('data-point');
    const isHandled =
      this.#drawing !== undefined
        ? this.#keyOfDrawing(event)
        : point !== null && this.#keyOfPoint(event, Number(point));
    if (isHandled) event.preventDefault();
  }

  #keyOfDrawing({ key, shiftKey }: KeyboardEvent): boolean {
    const drawing = this.#drawing!;
    const arrow = ARROWS[key];
    if (arrow !== undefined) {
      drawing.at = moved(drawing.at, arrow, shiftKey ? SMALL_STEP : STEP);
      this.draw();
    } else if (key === ' ') this.#placePoint(drawing.at);
    else if (key === 'Enter') this.#finish();
    else if (key === 'Backspace') {
      drawing.points.pop();
      this.draw();
    } else if (key === 'Escape') {
      this.#end();
      this.#options.onChange();
    } else return false;
    return true;
  }

  #keyOfPoint({ key, shiftKey }: KeyboardEvent, index: number): boolean {
    const { model, onChange, onHint } = this.#options;
    const shape = model.current;
    if (shape === undefined) return false;
    const arrow = ARROWS[key];
    if (arrow !== undefined) {
      model.beginMove();
      model.movePoint(shape.key, index, moved(shape.points[index]!, arrow, shiftKey ? SMALL_STEP : STEP));
    } else if (key === 'Insert' || key === '+') model.insertPoint(shape.key, index);
    else if (key === 'Delete' || key === 'Backspace') {
      if (!model.removePoint(shape.key, index))
        onHint(`A ${KINDS[shape.kind].toLowerCase()} has at least ${fewestPoints(shape.kind)} points.`);
    } else return false;
    onChange();
    this.focusPoint(
      key === 'Insert' || key === '+' ? index + 1 : Math.min(index, model.current!.points.length - 1),
    );
    return true;
  }

  #pointOf({ clientX, clientY }: MouseEvent): Point {
    const { left, top, width, height } = this.#svg.getBoundingClientRect();
    return [clamped((clientX - left) / width), clamped((clientY - top) / height)];
  }

  #pixels([x, y]: Point): [number, number] {
    return [x * this.node.clientWidth, y * this.node.clientHeight];
  }
}

function moved([x, y]: Point, [dx, dy]: Point, step: number): Point {
  return [clamped(x + dx * step), clamped(y + dy * step)];
}

function clamped(value: number): number {
  return Math.max(0, Math.min(1, value));
}
