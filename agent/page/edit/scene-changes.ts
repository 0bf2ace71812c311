// Zones, lines and masks as they stand in a file and as they are to be -> the changes of single keys. Pure.

import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../../config/edit-text.js';
import type { Value } from '../../config/yaml-text.js';
import type { MaskEdit, SceneEdit, SceneView, ShapeEdit } from '../protocol.js';

export function sceneChanges(before: SceneView, edit: SceneEdit): Change[] {
  const camera = ['cameras', edit.camera];
  const { privacy, motion, objects } = before.masks;
  const masks = [...camera, 'masks'];
  return [
    ...shapeChanges([...camera, 'zones'], before.zones, edit.zones),
    ...shapeChanges([...camera, 'lines'], before.lines, edit.lines),
    ...maskChanges([...masks, 'privacy'], privacy, edit.masks.privacy, bare),
    ...maskChanges([...masks, 'motion'], motion, edit.masks.motion, bare),
    ...maskChanges(
      [...masks, 'objects'],
      objects.map(({ points }) => points),
      edit.masks.objects,
      keyed,
    ),
  ];
}

type Points = readonly (readonly [number, number])[];
type Path = readonly (string | number)[];

function shapeChanges(
  path: Path,
  before: Readonly<Record<string, { readonly points: Points }>>,
  edits: readonly ShapeEdit[],
): Change[] {
  const kept = new Set(edits.map(({ was }) => was));
  const gone = Object.keys(before).filter((id) => !kept.has(id));
  const aside = namesAside(Object.keys(before), edits);
  const nameOf = (id: string) => aside.get(id) ?? id;
  return [
    ...[...aside].map(([id, to]): Change => ({ kind: 'rename', path: [...path, id], to })),
    ...edits.flatMap(({ id, was, points }): Change[] => {
      if (was === undefined) return [];
      const at = [...path, nameOf(was)];
      const moved = !isDeepStrictEqual(before[was]?.points, points);
      return [
        ...(moved ? [set([...at, 'points'], points)] : []),
        ...(nameOf(was) === id ? [] : [{ kind: 'rename' as const, path: at, to: id }]),
      ];
    }),
    ...edits.flatMap(({ id, was, points }) => (was === undefined ? [set([...path, id], { points })] : [])),
    // Last, so that a mapping that others come into is still there.
    ...gone.map((id): Change => ({ kind: 'remove', path: [...path, nameOf(id)] })),
  ];
}

/** A name that another shape takes is free by then: whoever has it has one that nobody wants meanwhile. */
function namesAside(before: readonly string[], edits: readonly ShapeEdit[]): Map<string, string> {
  const wanted = new Set(edits.filter(({ id, was }) => id !== was).map(({ id }) => id));
  const taken = new Set([...before, ...wanted]);
  const freeName = (id: string): string => (taken.has(id) ? freeName(`${id}-`) : id);
  return new Map(
    before
      .filter((id) => wanted.has(id))
      .map((id) => {
        const free = freeName(id);
        taken.add(free);
        return [id, free];
      }),
  );
}

interface Form {
  /** Where the points of one are, within it. */
  readonly within: Path;
  readonly of: (points: Points) => Value;
}

const bare: Form = { within: [], of: (points) => points };
const keyed: Form = { within: ['points'], of: (points) => ({ points }) };

function maskChanges(
  path: Path,
  before: readonly Points[],
  edits: readonly MaskEdit[],
  { within, of }: Form,
): Change[] {
  const kept = new Set(edits.map(({ was }) => was));
  const added = edits.filter(({ was }) => was === undefined);
  const gone = before.flatMap((_, i) => (kept.has(i) ? [] : [i])).reverse();
  const append = added.map(
    ({ points }, i): Change =>
      before.length === 0 && i === 0
        ? set(path, [of(points)])
        : set([...path, before.length + i], of(points)),
  );
  return [
    ...edits.flatMap(({ was, points }) =>
      was === undefined || isDeepStrictEqual(before[was], points)
        ? []
        : [set([...path, was, ...within], points)],
    ),
    ...append,
    ...gone.map((i): Change => ({ kind: 'remove', path: [...path, i] })),
  ];
}

function set(path: Path, value: Value): Change {
  return { kind: 'set', path, value };
}
