// Zones, lines and masks while they are edited: points come, move and go, and each step can be taken back. Pure.

import type { Point, SceneEdit, SceneView } from '../protocol.js';

export type Kind = 'zone' | 'line' | 'privacy' | 'motion' | 'object';

export interface EditedShape {
  /** Its own as long as it is edited. */
  readonly key: number;
  readonly kind: Kind;
  /** Of zones and lines. */
  readonly id: string;
  /** In the file: its id, or its place in the list. */
  readonly was?: string | number | undefined;
  readonly points: readonly Point[];
}

export const KINDS: Readonly<Record<Kind, string>> = {
  zone: 'Zone',
  line: 'Line',
  privacy: 'Privacy mask',
  motion: 'Motion mask',
  object: 'Object mask',
};

const MOST_STEPS = 100;

export function fewestPoints(kind: Kind): number {
  return kind === 'line' ? 2 : 3;
}

export class EditorModel {
  #shapes: readonly EditedShape[] = [];
  #before: (readonly EditedShape[])[] = [];
  #lastKey = 0;
  /** As the file had them when it was read last. */
  #inFile: readonly EditedShape[] = [];
  /** The shape that is worked on. */
  selected: number | undefined;

  load(scene: SceneView): void {
    this.#inFile = this.#shapesOf(scene);
    this.#shapes = this.#inFile;
    this.#before = [];
    this.selected = undefined;
  }

  /**
   * The file has changed meanwhile: what was edited stays, and takes the other keys of what bears its name there now, or of
   * the mask of its kind with the points it had.
   *
   * @param scene as it is in the file now
   * @returns whether zones, lines and masks are there as they were
   */
  rebase(scene: SceneView): boolean {
    const before = this.#inFile;
    const now = this.#shapesOf(scene);
    this.#inFile = now;
    const moved = (shape: EditedShape): EditedShape => {
      const old = before.find(({ kind, was }) => kind === shape.kind && was === shape.was);
      if (old === undefined) return shape;
      const same = (one: EditedShape) =>
        one.kind === shape.kind && (one.id === '' ? hasPointsOf(one, old) : one.id === shape.was);
      // Masks may have the same points as others.
      const place = before.filter(same).indexOf(old);
      return { ...shape, was: now.filter(same)[place]?.was };
    };
    this.#shapes = this.#shapes.map(moved);
    this.#before = this.#before.map((shapes) => shapes.map(moved));
    return (
      before.length === now.length &&
      now.every((one, i) => one.id === before[i]?.id && hasPointsOf(one, before[i]))
    );
  }

  /**
   * The file has what was sent: that is no change any more. What was changed meanwhile is one of it.
   *
   * @param sent `shapes` as they were then
   */
  saved(sent: readonly EditedShape[]): void {
    const placeOf = (shape: EditedShape) => inOrderOfFile(sent, shape.kind).indexOf(shape);
    const inFile = sent.map((shape) => ({ ...shape, was: shape.id === '' ? placeOf(shape) : shape.id }));
    const places = new Map(inFile.map(({ key, was }) => [key, was]));
    const moved = (shape: EditedShape): EditedShape => ({ ...shape, was: places.get(shape.key) });
    const sinceThen = this.#before.indexOf(sent);
    const steps = sinceThen < 0 ? [sent] : this.#before.slice(sinceThen);
    this.#before = this.#shapes === sent ? [] : steps.map((shapes) => shapes.map(moved));
    this.#shapes = this.#shapes.map(moved);
    this.#inFile = inFile;
  }

  get shapes(): readonly EditedShape[] {
    return this.#shapes;
  }

  get current(): EditedShape | undefined {
    return this.#shapes.find(({ key }) => key === this.selected);
  }

  get isChanged(): boolean {
    return this.#before.length > 0;
  }

  /** For people: what masks are called, which have no id. */
  nameOf({ kind, id, key }: EditedShape): string {
    if (id !== '') return id;
    const among = this.#shapes.filter((shape) => shape.kind === kind);
    return `${KINDS[kind]} ${1 + among.findIndex((shape) => shape.key === key)}`;
  }

  add(kind: Kind, points: readonly Point[]): void {
    const shape = this.#shape(kind, this.#freeId(kind), points.map(within));
    this.#keep();
    this.#shapes = [...this.#shapes, shape];
    this.selected = shape.key;
  }

  rename(key: number, id: string): void {
    this.#keep();
    this.#change(key, (shape) => ({ ...shape, id }));
  }

  remove(key: number): void {
    this.#keep();
    this.#shapes = this.#shapes.filter((shape) => shape.key !== key);
    if (this.selected === key) this.selected = undefined;
  }

  /** A drag is one step: only its beginning is kept. */
  beginMove(): void {
    this.#keep();
  }

  movePoint(key: number, index: number, to: Point): void {
    this.#change(key, (shape) => ({
      ...shape,
      points: shape.points.map((point, i) => (i === index ? within(to) : point)),
    }));
  }

  /** As a whole, as far as the picture reaches. */
  moveShape(key: number, from: readonly Point[], [dx, dy]: Point): void {
    const limit = (at: 0 | 1, by: number) =>
      Math.max(-Math.min(...from.map((p) => p[at])), Math.min(1 - Math.max(...from.map((p) => p[at])), by));
    const [x, y] = [limit(0, dx), limit(1, dy)];
    const points = from.map(([px, py]) => within([px + x, py + y]));
    this.#change(key, (shape) => ({ ...shape, points }));
  }

  /** Halfway to the next one; after the last of a line as far as the one before it. */
  insertPoint(key: number, after: number, at?: Point): void {
    const shape = this.#shapes.find((one) => one.key === key);
    const a = shape?.points[after];
    const b = shape?.points[(after + 1) % shape.points.length];
    if (shape === undefined || a === undefined || b === undefined) return;
    const isEnd = shape.kind === 'line' && after === shape.points.length - 1;
    const before = shape.points[after - 1] ?? b;
    const middle: Point = isEnd
      ? [a[0] + (a[0] - before[0]) / 2, a[1] + (a[1] - before[1]) / 2]
      : [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
    this.#keep();
    this.#change(key, ({ points, ...rest }) => ({
      ...rest,
      points: points.toSpliced(after + 1, 0, within(at ?? middle)),
    }));
  }

  /** @returns whether there are enough others */
  removePoint(key: number, index: number): boolean {
    const shape = this.#shapes.find((one) => one.key === key);
    if (shape === undefined || shape.points.length <= fewestPoints(shape.kind)) return false;
    this.#keep();
    this.#change(key, ({ points, ...rest }) => ({ ...rest, points: points.toSpliced(index, 1) }));
    return true;
  }

  undo(): void {
    const before = this.#before.pop();
    if (before !== undefined) this.#shapes = before;
    if (this.current === undefined) this.selected = undefined;
  }

  edit(camera: string, version: string): SceneEdit {
    const shapes = (kind: Kind) =>
      this.#shapes
        .filter((shape) => shape.kind === kind)
        .map(({ id, was, points }) => ({ id, points, ...(was !== undefined && { was: String(was) }) }));
    const list = (kind: Kind) =>
      this.#shapes
        .filter((shape) => shape.kind === kind)
        .map(({ was, points }) => ({ points, ...(was !== undefined && { was: Number(was) }) }));
    const masks = { privacy: list('privacy'), motion: list('motion'), objects: list('object') };
    return { camera, version, zones: shapes('zone'), lines: shapes('line'), masks };
  }

  #shapesOf({ zones, lines, masks }: SceneView): EditedShape[] {
    const shapes = (kind: Kind, of: SceneView['zones']) =>
      Object.entries(of).map(([id, { points }]) => this.#shape(kind, id, points, id));
    const list = (kind: Kind, of: readonly (readonly Point[])[]) =>
      of.map((points, i) => this.#shape(kind, '', points, i));
    return [
      ...shapes('zone', zones),
      ...shapes('line', lines),
      ...list('privacy', masks.privacy),
      ...list('motion', masks.motion),
      ...list(
        'object',
        masks.objects.map(({ points }) => points),
      ),
    ];
  }

  #shape(kind: Kind, id: string, points: readonly Point[], was?: string | number): EditedShape {
    return { key: ++this.#lastKey, kind, id, points, was };
  }

  #freeId(kind: Kind): string {
    if (kind !== 'zone' && kind !== 'line') return '';
    const taken = new Set(this.#shapes.filter((shape) => shape.kind === kind).map(({ id }) => id));
    let number = 1;
    while (taken.has(`${kind}-${number}`)) number++;
    return `${kind}-${number}`;
  }

  #keep(): void {
    this.#before = [...this.#before, this.#shapes].slice(-MOST_STEPS);
  }

  #change(key: number, by: (shape: EditedShape) => EditedShape): void {
    this.#shapes = this.#shapes.map((shape) => (shape.key === key ? by(shape) : shape));
  }
}

/** Those that are new come after the others. */
function inOrderOfFile(shapes: readonly EditedShape[], kind: Kind): EditedShape[] {
  const place = ({ was }: EditedShape) => Number(was ?? Number.MAX_SAFE_INTEGER);
  return shapes.filter((shape) => shape.kind === kind).toSorted((a, b) => place(a) - place(b));
}

function hasPointsOf({ kind, points }: EditedShape, other: EditedShape | undefined): boolean {
  return kind === other?.kind && String(points) === String(other.points);
}

/** Within the picture, to a ten-thousandth of it. */
function within([x, y]: Point): Point {
  const one = (value: number) => Math.round(Math.max(0, Math.min(1, value)) * 1e4) / 1e4;
  return [one(x), one(y)];
}
