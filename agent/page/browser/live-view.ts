// What the agent tells -> all cameras, figures and events on one page.

import type { CameraView, PictureHead, ServerMessage, StatsView } from '../protocol.js';
import { CameraCard } from './camera-card.js';
import { Charts } from './charts.js';
import { element } from './dom.js';
import type { Drawn } from './drawing.js';
import { EventsView } from './events-view.js';

export class LiveView {
  readonly node: HTMLElement;
  readonly #onEdit: (camera: string) => void;
  readonly #grid = element('div', { class: 'cameras' });
  readonly #charts = new Charts();
  readonly #events = new EventsView();
  readonly #cards = new Map<string, CameraCard>();
  #hasScenes = false;

  constructor(onEdit: (camera: string) => void) {
    this.#onEdit = onEdit;
    const figures = element(
      'section',
      { 'aria-labelledby': 'figures-title' },
      element('h2', { id: 'figures-title' }, 'Figures'),
      this.#charts.node,
    );
    const side = element('div', { class: 'side' }, figures, this.#events.node);
    this.node = element('div', { class: 'live' }, this.#grid, side);
    window.setInterval(() => {
      for (const card of this.#cards.values()) card.tick();
    }, 1000);
  }

  get cameras(): readonly string[] {
    return [...this.#cards.keys()];
  }

  drawnOf(camera: string): Drawn | undefined {
    return this.#cards.get(camera)?.drawn;
  }

  hear(message: ServerMessage): void {
    switch (message.kind) {
      case 'hello':
        this.#hasScenes = message.hasScenes;
        this.#put(message.cameras);
        this.#charts.reset(message.stats);
        this.#rates(message.stats.at(-1));
        this.#events.reset(message);
        break;
      case 'cameras':
        this.#put(message.cameras);
        break;
      case 'events':
        this.#events.add(message.events);
        break;
      case 'object-picture':
        this.#events.addPicture(message.trackId);
        break;
      case 'clip':
        this.#events.addClip(message.clip);
        break;
      case 'forget':
        this.#cards.get(message.camera)?.forget();
        this.#events.forget(message.camera);
        break;
      case 'stats':
        this.#charts.add(message.stats);
        this.#rates(message.stats);
        break;
    }
  }

  show(head: PictureHead, picture: ImageBitmap | undefined): void {
    const card = this.#cards.get(head.camera);
    if (card === undefined) picture?.close();
    else card.show(head, picture);
  }

  #put(cameras: readonly CameraView[]): void {
    const ids = new Set(cameras.map(({ id }) => id));
    for (const [id, card] of this.#cards)
      if (!ids.has(id)) {
        card.node.remove();
        this.#cards.delete(id);
      }
    for (const camera of cameras) {
      const known = this.#cards.get(camera.id);
      if (known !== undefined) known.update(camera);
      else this.#add(camera);
    }
    this.#grid.dataset['count'] = String(Math.min(3, cameras.length));
  }

  #add(camera: CameraView): void {
    const card = new CameraCard(camera, this.#hasScenes ? () => this.#onEdit(camera.id) : undefined);
    this.#cards.set(camera.id, card);
    this.#grid.append(card.node);
  }

  #rates(stats: StatsView | undefined): void {
    for (const [id, card] of this.#cards) card.rates(stats?.cameras[id]);
  }
}
