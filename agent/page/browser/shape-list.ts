// All shapes that are edited -> a list of buttons, each of which selects one.

import { paletteColour } from './colours.js';
import { button, element, named, setText } from './dom.js';
import { type EditedShape, type EditorModel, KINDS } from './editor-model.js';

export interface ShapeListOptions {
  readonly model: EditorModel;
  /** Does something to the model and shows what came of it. */
  readonly change: (act: () => void) => void;
}

interface Pick {
  readonly button: HTMLButtonElement;
  readonly swatch: HTMLElement;
  readonly name: HTMLElement;
}

export class ShapeList {
  readonly node = element('ul', { class: 'shapes' });
  readonly #options: ShapeListOptions;
  /** By the keys of their shapes. */
  #picks: ReadonlyMap<number, Pick> = new Map();

  constructor(options: ShapeListOptions) {
    this.#options = options;
  }

  /** Buttons that are there stay: who presses one may leave a field that was changed with it, for which all is drawn. */
  draw(): void {
    const { shapes } = this.#options.model;
    const before = [...this.#picks.keys()];
    this.#picks = new Map(
      shapes.map((shape) => [shape.key, this.#picks.get(shape.key) ?? this.#make(shape)]),
    );
    if (shapes.length === 0) this.node.replaceChildren(none());
    else if (String(before) !== String([...this.#picks.keys()]))
      this.node.replaceChildren(...[...this.#picks.values()].map((pick) => element('li', {}, pick.button)));
    for (const [i, shape] of shapes.entries()) this.#fill(this.#picks.get(shape.key)!, shape, i);
  }

  /** @returns whether there is a shape to stand on: the one that is selected, or the first */
  focus(): boolean {
    const picked = this.#picks.get(this.#options.model.selected ?? 0) ?? [...this.#picks.values()][0];
    picked?.button.focus();
    return picked !== undefined;
  }

  #make({ key, kind }: EditedShape): Pick {
    const { model, change } = this.#options;
    const swatch = element('span', { class: `swatch ${kind}` });
    const name = named('', 'name');
    const pick = button('', () => change(() => (model.selected = key)));
    pick.append(swatch, name);
    if (!isMask(kind)) pick.append(element('span', { class: 'quiet' }, KINDS[kind].toLowerCase()));
    return { button: pick, swatch, name };
  }

  #fill({ button: pick, swatch, name }: Pick, shape: EditedShape, index: number): void {
    const { model } = this.#options;
    if (!isMask(shape.kind)) swatch.style.background = paletteColour(index);
    setText(name, model.nameOf(shape));
    pick.setAttribute('aria-pressed', String(model.selected === shape.key));
  }
}

function isMask(kind: EditedShape['kind']): boolean {
  return kind !== 'zone' && kind !== 'line';
}

function none(): HTMLElement {
  return element('li', { class: 'quiet' }, 'None yet. Draw one with the buttons above the picture.');
}
