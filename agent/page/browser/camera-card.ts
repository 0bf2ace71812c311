// A camera -> its picture as it is now, with what was found, what it is doing, and what is counted.

import type { CameraRates, CameraView, CountsView, PictureHead } from '../protocol.js';
import { button, element, named, setText } from './dom.js';
import { type Drawn, drawLive } from './drawing.js';
import { figure, stateWords } from './words.js';

const DEFAULT_SHAPE = 16 / 9;

export class CameraCard {
  readonly node: HTMLElement;
  readonly #canvas = element('canvas', { role: 'img' });
  readonly #frame = element('div', { class: 'frame' }, this.#canvas);
  readonly #state = element('p', { class: 'state' });
  readonly #note = element('p', { class: 'note' });
  readonly #counts = element('p', { class: 'counts' });
  readonly #rates = element('p', { class: 'rates' });
  #camera: CameraView;
  #toldMs = 0;
  #drawn: Drawn | undefined;

  constructor(camera: CameraView, onEdit: (() => void) | undefined) {
    this.#camera = camera;
    const edit =
      onEdit &&
      button('Edit zones', onEdit, {
        class: 'edit',
        'aria-label': `Edit zones, lines and masks of ${camera.id}`,
      });
    const title = element('h2', {}, named(camera.id));
    this.#frame.append(this.#note);
    this.node = element(
      'article',
      { class: 'camera' },
      element('div', { class: 'head' }, title, this.#state, edit),
      this.#frame,
      element('div', { class: 'foot' }, this.#counts, this.#rates),
    );
    new ResizeObserver(() => this.#draw()).observe(this.#canvas);
    this.update(camera);
  }

  get id(): string {
    return this.#camera.id;
  }

  /** What was drawn last, for who edits on it. */
  get drawn(): Drawn | undefined {
    return this.#drawn;
  }

  update(camera: CameraView): void {
    this.#camera = camera;
    this.#toldMs = performance.now();
    this.#shape(camera.sourceSize);
    this.#say();
    setText(this.#counts, countWords(camera.counts));
    this.#draw();
  }

  /** What was drawn is not to be seen any more. */
  forget(): void {
    this.#keep(undefined);
    this.#say();
    this.#draw();
  }

  /** Once a second: words that say how long. */
  tick(): void {
    this.#say();
  }

  rates(rates: CameraRates | undefined): void {
    setText(this.#rates, rates === undefined ? '' : rateWords(rates));
  }

  show(head: PictureHead, picture: ImageBitmap | undefined): void {
    this.#keep({ head, picture });
    this.#shape(head.sourceSize);
    this.#say();
    this.#draw();
  }

  #keep(drawn: Drawn | undefined): void {
    if (this.#drawn?.picture !== drawn?.picture) this.#drawn?.picture?.close();
    this.#drawn = drawn;
  }

  #shape(size: { readonly width: number; readonly height: number } | undefined): void {
    const shape = size ?? this.#drawn?.head.sourceSize;
    this.#frame.style.aspectRatio = String(shape === undefined ? DEFAULT_SHAPE : shape.width / shape.height);
  }

  #say(): void {
    const { state, hasPictures } = this.#camera;
    this.node.dataset['state'] = state;
    setText(this.#state, stateWords(this.#camera, performance.now() - this.#toldMs));
    const isWaiting = state === 'running' && this.#drawn === undefined;
    const note = !hasPictures
      ? 'Pictures of this camera are switched off (pictures.send: none).'
      : isWaiting
        ? 'The next picture comes once something is looked at.'
        : '';
    setText(this.#note, note);
    const found = this.#drawn?.head.found ?? [];
    this.#canvas.setAttribute(
      'aria-label',
      `${this.#camera.id}, ${foundWords(found.map(({ label }) => label))}`,
    );
  }

  #draw(): void {
    drawLive(this.#canvas, this.#drawn, this.#camera.scene);
  }
}

function rateWords({ capturedFps, inferredFps, skippedFps, droppedFps }: CameraRates): string {
  const skipped = skippedFps > 0 ? `, ${figure(skippedFps)} passed over` : '';
  const dropped = droppedFps > 0 ? `, ${figure(droppedFps)} dropped` : '';
  return `${figure(inferredFps)} of ${figure(capturedFps)} frames/s looked at${skipped}${dropped}`;
}

function foundWords(labels: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const words = [...counts].map(([label, count]) => `${count} ${label}`);
  return words.length === 0 ? 'nothing found' : words.join(', ');
}

function countWords(counts: CountsView | undefined): string {
  if (counts === undefined) return '';
  const seen = Object.entries(counts.labels).filter(([, { visible }]) => visible > 0);
  const labels = seen.map(([label, { visible, stationary }]) =>
    stationary > 0 ? `${visible} ${label} (${stationary} standing)` : `${visible} ${label}`,
  );
  const zones = Object.entries(counts.zones).map(
    ([id, of]) => `${id}: ${Object.values(of).reduce((sum, count) => sum + count, 0)}`,
  );
  const lines = Object.entries(counts.lines).map(([id, of]) => `${id}: ${of.in} in, ${of.out} out`);
  // Isolated, as are names in elements of their own.
  const isolated = [...labels, ...zones, ...lines].map((words) => `\u2068${words}\u2069`);
  return isolated.length === 0 ? 'Nothing in view' : isolated.join(' · ');
}
