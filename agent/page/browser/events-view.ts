// Events as they come -> a list, the newest first, each with the picture of its object once there is one.

import type { EventView } from '../protocol.js';
import { button, element, named } from './dom.js';
import { durationWords, eventWords, timeWords } from './words.js';

const MOST = 100;

export class EventsView {
  readonly node: HTMLElement;
  readonly #list = element('ol', { class: 'events', tabindex: 0, 'aria-labelledby': 'events-title' });
  readonly #none = element('p', { class: 'quiet' }, 'Nothing has happened since the agent started.');
  readonly #large = element('dialog', { class: 'large', 'aria-label': 'Picture' });
  #onlyPlaces = false;

  constructor() {
    const only = element('input', { type: 'checkbox' });
    only.addEventListener('change', () => {
      this.#onlyPlaces = only.checked;
      this.#list.classList.toggle('only-places', this.#onlyPlaces);
    });
    const head = element(
      'div',
      { class: 'head' },
      element('h2', { id: 'events-title' }, 'Events'),
      element('label', { class: 'check' }, only, ' zones and lines only'),
    );
    this.#large.addEventListener('click', () => this.#large.close());
    this.node = element(
      'section',
      { 'aria-labelledby': 'events-title' },
      head,
      this.#none,
      this.#list,
      this.#large,
    );
  }

  reset(events: readonly EventView[]): void {
    this.#list.replaceChildren();
    this.add(events);
  }

  /** @param events the newest last */
  add(events: readonly EventView[]): void {
    for (const event of events) this.#list.prepend(this.#row(event));
    while (this.#list.childElementCount > MOST) this.#list.lastElementChild!.remove();
    this.#none.hidden = this.#list.childElementCount > 0;
  }

  addPicture(trackId: number): void {
    for (const row of this.#list.querySelectorAll<HTMLElement>(`[data-track="${trackId}"]`))
      if (row.querySelector('img') === null) this.#putPicture(row, trackId);
  }

  forgetPictures(camera: string): void {
    for (const row of this.#list.querySelectorAll<HTMLElement>('li'))
      if (row.dataset['camera'] === camera) row.querySelector('.thumb')!.replaceChildren();
    this.#large.close();
  }

  #row(event: EventView): HTMLElement {
    const [words, place] = eventWords(event);
    const what = element(
      'span',
      { class: 'what' },
      named(event.label, 'name'),
      ` ${words} `,
      place === undefined ? undefined : named(place, 'name'),
      event.seconds === undefined ? undefined : ` after ${durationWords(event.seconds)}`,
    );
    const when = element('span', { class: 'when' }, `${timeWords(event.atMs)} · `, named(event.camera));
    const row = element(
      'li',
      { 'data-track': event.trackId, 'data-camera': event.camera, class: event.kind },
      element('span', { class: 'text' }, what, when),
      element('span', { class: 'thumb' }),
    );
    if (event.hasPicture) this.#putPicture(row, event.trackId);
    return row;
  }

  #putPicture(row: HTMLElement, trackId: number): void {
    const src = `/api/object.jpg?id=${trackId}`;
    const picture = element('img', { src, alt: '', width: 64, height: 48 });
    // The agent keeps the latest alone.
    picture.addEventListener('error', () => row.querySelector('.thumb')!.replaceChildren());
    const open = button('', () => this.#show(src), { 'aria-label': `Picture of object ${trackId}` });
    open.append(picture);
    row.querySelector('.thumb')!.replaceChildren(open);
  }

  #show(src: string): void {
    const close = button('Close', () => this.#large.close());
    this.#large.replaceChildren(element('img', { src, alt: 'The object at its best' }), close);
    this.#large.showModal();
  }
}
