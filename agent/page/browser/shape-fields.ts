// The shape that is selected -> fields for its name and its points, for who types rather than draws.

import { button, element } from './dom.js';
import { type EditorModel, KINDS } from './editor-model.js';

/** @param change does something to the model and shows what came of it */
export function shapeFields(model: EditorModel, change: (act: () => void) => void): HTMLElement[] {
  const shape = model.current;
  if (shape === undefined) return [];
  const { key, kind, id, points } = shape;
  const name = element('input', { id: 'shape-name', value: id, autocomplete: 'off', spellcheck: 'false' });
  name.addEventListener('change', () => change(() => model.rename(key, name.value.trim())));
  const isNamed = kind === 'zone' || kind === 'line';
  const label = element('label', { for: 'shape-name' }, `Name of the ${KINDS[kind].toLowerCase()}`);
  const rows = points.map((point, i) => {
    const place = (axis: 0 | 1) => {
      const field = element('input', {
        ...{ type: 'number', min: 0, max: 100, step: 0.1, value: Math.round(point[axis] * 1000) / 10 },
        'aria-label': `Point ${i + 1}, % from the ${axis === 0 ? 'left' : 'top'}`,
      });
      field.addEventListener('change', () => {
        const value = field.valueAsNumber / 100;
        if (Number.isNaN(value)) return;
        change(() => {
          model.beginMove();
          model.movePoint(key, i, axis === 0 ? [value, point[1]] : [point[0], value]);
        });
      });
      return field;
    };
    const add = button('+', () => change(() => model.insertPoint(key, i)), {
      'aria-label': `Add a point after ${i + 1}`,
    });
    const drop = button('−', () => change(() => model.removePoint(key, i)), {
      'aria-label': `Remove point ${i + 1}`,
    });
    return element('li', {}, place(0), place(1), add, drop);
  });
  const coordinates = element(
    'details',
    {},
    element('summary', {}, `${points.length} points, in % from the left and from the top`),
    element('ol', { class: 'points' }, ...rows),
  );
  const remove = button(`Delete ${model.nameOf(shape)}`, () => change(() => model.remove(key)), {
    class: 'danger',
  });
  return [...(isNamed ? [label, name] : []), coordinates, remove];
}
