// The shape that is selected -> fields for its name and its points, for who types rather than draws.

import { button, element, setText } from './dom.js';
import { type EditedShape, type EditorModel, KINDS } from './editor-model.js';

export interface ShapeFieldsOptions {
  readonly model: EditorModel;
  /** Does something to the model and shows what came of it. */
  readonly change: (act: () => void) => void;
}

export class ShapeFields {
  readonly node = element('div', { class: 'fields' });
  readonly #options: ShapeFieldsOptions;
  readonly #summary = element('summary');
  readonly #points = element('ol', { class: 'points' });
  readonly #coordinates = element('details', {}, this.#summary, this.#points);
  readonly #name = element('input', { id: 'shape-name', autocomplete: 'off', spellcheck: 'false' });
  readonly #remove = button('', () => this.#change((model, { key }) => model.remove(key)), {
    class: 'danger',
  });
  /** Which shape the fields are of, and of how many points. */
  #made = '';

  constructor(options: ShapeFieldsOptions) {
    this.#options = options;
    this.#name.addEventListener('change', () =>
      this.#change((model, { key }) => model.rename(key, this.#name.value.trim())),
    );
  }

  /** Fields that are there stay: whoever goes on to the next one by Tab has just changed the one before. */
  draw(): void {
    const { model } = this.#options;
    const shape = model.current;
    const wanted = shape === undefined ? '' : `${shape.key} ${shape.points.length}`;
    if (wanted !== this.#made) this.#make(shape);
    this.#made = wanted;
    if (shape === undefined) return;
    setValue(this.#name, shape.id);
    setText(this.#summary, `${shape.points.length} points, in % from the left and from the top`);
    setText(this.#remove, `Delete ${model.nameOf(shape)}`);
    const places = this.#points.querySelectorAll('input');
    for (const [i, value] of shape.points.flat().entries())
      setValue(places[i]!, String(Math.round(value * 1000) / 10));
  }

  #make(shape: EditedShape | undefined): void {
    const focused = this.#points.contains(document.activeElement) ? document.activeElement : null;
    this.node.replaceChildren();
    if (shape === undefined) return;
    const { kind, points } = shape;
    const isNamed = kind === 'zone' || kind === 'line';
    const label = element('label', { for: this.#name.id }, `Name of the ${KINDS[kind].toLowerCase()}`);
    this.#points.replaceChildren(...points.map((_, i) => this.#row(i)));
    this.node.append(...(isNamed ? [label, this.#name] : []), this.#coordinates, this.#remove);
    const same = CSS.escape(focused?.getAttribute('aria-label') ?? '');
    this.#points.querySelector<HTMLElement>(`[aria-label="${same}"]`)?.focus();
  }

  #row(index: number): HTMLElement {
    const add = button('+', () => this.#change((model, { key }) => model.insertPoint(key, index)), {
      'aria-label': `Add a point after ${index + 1}`,
    });
    const drop = button('−', () => this.#change((model, { key }) => model.removePoint(key, index)), {
      'aria-label': `Remove point ${index + 1}`,
    });
    return element('li', {}, this.#place(index, 0), this.#place(index, 1), add, drop);
  }

  #place(index: number, axis: 0 | 1): HTMLInputElement {
    const field = element('input', {
      ...{ type: 'number', min: 0, max: 100, step: 0.1 },
      'aria-label': `Point ${index + 1}, % from the ${axis === 0 ? 'left' : 'top'}`,
    });
    field.addEventListener('change', () => {
      const value = field.valueAsNumber / 100;
      if (Number.isNaN(value)) return;
      this.#change((model, { key, points }) => {
        const [x, y] = points[index]!;
        model.beginMove();
        model.movePoint(key, index, axis === 0 ? [value, y] : [x, value]);
      });
    });
    return field;
  }

  #change(act: (model: EditorModel, shape: EditedShape) => void): void {
    const { model, change } = this.#options;
    const shape = model.current;
    if (shape !== undefined) change(() => act(model, shape));
  }
}

/** Where it says so already, the caret stays. */
function setValue(field: HTMLInputElement, value: string): void {
  if (field.value !== value) field.value = value;
}
