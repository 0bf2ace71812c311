// A camera -> its zones, lines and masks, changed on a picture of it, and saved or shown as YAML.

import type { SceneAnswer, SceneFile } from '../protocol.js';
import { button, element, named, setText } from './dom.js';
import type { Drawn } from './drawing.js';
import { type EditedShape, EditorModel, KINDS, type Kind } from './editor-model.js';
import { EditorStage } from './editor-stage.js';
import { ShapeFields } from './shape-fields.js';
import { ShapeList } from './shape-list.js';

export interface EditorOptions {
  readonly camera: string;
  /** Whether the configuration lets the page change it. */
  readonly canSave: boolean;
  readonly onClose: () => void;
}

type Saved = SceneAnswer & { readonly kind: 'saved' };

/** The configuration is another one than that which was read. */
const OTHER_FILE = 409;

const HINT =
  'Drag points or shapes. By keys: Tab to a point, arrow keys move it (with Shift a little), Insert adds one after it, Delete removes it.';

export class Editor {
  readonly node: HTMLElement;
  readonly camera: string;
  readonly #model = new EditorModel();
  readonly #list = new ShapeList({ model: this.#model, change: (act) => this.#change(act) });
  readonly #fields = new ShapeFields({ model: this.#model, change: (act) => this.#change(act) });
  readonly #stage: EditorStage;
  readonly #title = element('h2', { tabindex: -1 }, 'Zones, lines and masks of ');
  readonly #panel = element('div', { class: 'panel' });
  readonly #hint = element('p', { class: 'hint' }, HINT);
  readonly #status = element('p', { class: 'status', role: 'status' });
  readonly #problems = element('ul', { class: 'problems', role: 'alert' });
  readonly #yaml = element('pre', { class: 'yaml', tabindex: 0, 'aria-label': 'YAML to copy', hidden: true });
  readonly #undo = button('Undo', () => this.#change(() => this.#model.undo()));
  readonly #save = button('Save', () => void this.#send('/api/scene'), { class: 'primary' });
  #version = '';
  /** A picture is taken when the editor is opened, and when another one is asked for. */
  #wantsPicture = true;

  constructor(options: EditorOptions) {
    this.camera = options.camera;
    this.#stage = new EditorStage({
      model: this.#model,
      onChange: () => this.#draw(),
      onHint: (text) => setText(this.#hint, text || HINT),
    });
    this.#title.append(named(options.camera));
    const show = button('Show YAML', () => void this.#send('/api/scene/text'));
    const actions = element(
      'div',
      { class: 'actions' },
      options.canSave ? this.#save : undefined,
      show,
      this.#undo,
    );
    this.#problems.hidden = true;
    this.#panel.append(
      ...[this.#list.node, this.#fields.node, actions, this.#status, this.#problems, this.#yaml],
    );
    this.node = element(
      'div',
      { class: 'editor' },
      element(
        'div',
        { class: 'head' },
        this.#title,
        button('Close', () => options.onClose()),
      ),
      element('div', { class: 'work' }, this.#tools(), this.#stage.node, this.#hint),
      this.#panel,
    );
    window.addEventListener('beforeunload', this.#onUnload);
  }

  async open(): Promise<void> {
    await this.#load();
    this.#draw();
    this.#title.focus();
  }

  /** @returns whether nothing is lost, or may be */
  mayClose(): boolean {
    return !this.#model.isChanged || window.confirm('Leave without saving?');
  }

  close(): void {
    window.removeEventListener('beforeunload', this.#onUnload);
  }

  /** The next that comes is taken in place of the one that is edited on. */
  wantPicture(): void {
    this.#wantsPicture = true;
  }

  /** A picture has come; the one that is edited on stays until another is wanted. */
  offer(drawn: Drawn | undefined): void {
    if (!this.#wantsPicture || drawn === undefined) return;
    this.#wantsPicture = false;
    void this.#take(drawn);
  }

  /** The live one is closed with the next. */
  async #take({ head, picture }: Drawn): Promise<void> {
    const copy = picture && (await createImageBitmap(picture));
    this.#stage.show({ head, picture: copy });
  }

  readonly #onUnload = (event: BeforeUnloadEvent) => {
    if (this.#model.isChanged) event.preventDefault();
  };

  #tools(): HTMLElement {
    const kinds = Object.entries(KINDS) as [Kind, string][];
    return element(
      'div',
      { class: 'tools', role: 'toolbar', 'aria-label': 'Draw' },
      ...kinds.map(([kind, name]) => button(`+ ${name}`, () => this.#stage.begin(kind))),
      button('New picture', () => this.wantPicture()),
    );
  }

  async #load(): Promise<void> {
    const read = await this.#read();
    if (read === undefined) return;
    this.#version = read.version;
    this.#model.load(read.scene);
  }

  async #read(): Promise<SceneFile | undefined> {
    const answer = await fetch(`/api/scene?camera=${encodeURIComponent(this.camera)}`).catch(() => undefined);
    if (answer?.ok) return (await answer.json()) as SceneFile;
    this.#refused(await problemsOf(answer));
    return undefined;
  }

  async #send(path: string): Promise<void> {
    this.#refused([]);
    this.#yaml.hidden = true;
    setText(this.#status, 'Checking …');
    const sent = this.#model.shapes;
    const answer = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(this.#model.edit(this.camera, this.#version)),
    }).catch(() => undefined);
    const told = answer?.ok ? ((await answer.json()) as SceneAnswer) : undefined;
    if (told?.kind === 'saved') this.#saved(told, sent);
    else if (told?.kind === 'text') this.#show(told.yaml, told.why);
    else if (answer?.status === OTHER_FILE) await this.#onOtherFile(path);
    else {
      this.#refused(await problemsOf(answer));
      setText(this.#status, '');
    }
  }

  /** What is drawn is never lost to a change elsewhere; one of the same shapes is for the user to decide. */
  async #onOtherFile(path: string): Promise<void> {
    const read = await this.#read();
    setText(this.#status, '');
    if (read === undefined) return;
    this.#version = read.version;
    if (this.#model.rebase(read.scene)) return this.#send(path);
    this.#refused([
      'These zones, lines and masks have changed in the file meanwhile. Save again to put yours in their place; close the editor and open it again for those of the file.',
    ]);
  }

  #saved({ done, version }: Saved, sent: readonly EditedShape[]): void {
    this.#version = version;
    this.#model.saved(sent);
    // Fields are left alone: somebody may be typing.
    this.#keepingFocus(() => this.#drawActions());
    setText(this.#status, `Saved and in force: ${done}`);
  }

  #show(yaml: string, why: string | undefined): void {
    this.#yaml.textContent = yaml;
    this.#yaml.hidden = false;
    const cause = why === undefined ? '' : `The file cannot be written (${why}). `;
    setText(this.#status, `${cause}To be copied into the configuration; then reload the agent.`);
  }

  #refused(problems: readonly string[]): void {
    this.#problems.hidden = problems.length === 0;
    this.#problems.replaceChildren(...problems.map((problem) => element('li', {}, problem)));
  }

  #change(act: () => void): void {
    act();
    this.#draw();
  }

  #draw(): void {
    this.#keepingFocus(() => {
      this.#drawActions();
      this.#list.draw();
      this.#fields.draw();
      this.#stage.draw();
    });
  }

  #drawActions(): void {
    const { isChanged } = this.#model;
    this.#undo.disabled = !isChanged;
    this.#save.disabled = !isChanged;
  }

  /** On a button that has done what it can, or whose shape is gone, nobody can stand. */
  #keepingFocus(draw: () => void): void {
    const focused = this.#panel.contains(document.activeElement) ? document.activeElement : null;
    draw();
    const isLost = focused?.matches(':disabled') || !this.#panel.contains(document.activeElement);
    if (focused !== null && isLost && !this.#list.focus()) this.#title.focus();
  }
}

async function problemsOf(answer: Response | undefined): Promise<readonly string[]> {
  if (answer === undefined) return ['The agent does not answer.'];
  const told = (await answer.json().catch(() => ({}))) as { problems?: string[]; message?: string };
  return told.problems ?? [told.message ?? 'The agent has refused it.'];
}
