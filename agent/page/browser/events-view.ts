// Events as they come -> a list, the newest first, each with the picture and the clip of its object once there is one.

import type { ClipView, EventView, ServerMessage } from '../protocol.js';
import { ClipPlayer } from './clip-player.js';
import { button, element, named } from './dom.js';
import { durationWords, eventWords, timeWords } from './words.js';

type Hello = Pick<ServerMessage & { readonly kind: 'hello' }, 'bootId' | 'events' | 'clips'>;

const MOST = 100;

export class EventsView {
  readonly node: HTMLElement;
  readonly #list = element('ol', { class: 'events', tabindex: 0, 'aria-labelledby': 'events-title' });
  readonly #none = element('p', { class: 'quiet' }, 'Nothing has happened since the agent started.');
  readonly #large = element('dialog', { class: 'large', 'aria-label': 'Picture' });
  readonly #player = new ClipPlayer();
  /** By the button that plays it. */
  readonly #clips = new WeakMap<HTMLButtonElement, ClipView>();
  #onlyPlaces = false;
  /** Ids of objects are those of this start of the agent. */
  #bootId = '';

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
      this.#player.node,
    );
  }

  /** Rows that are there stay, as a connection that comes back must take nobody from the button they stand on. */
  reset({ bootId, events, clips }: Hello): void {
    this.#bootId = bootId;
    const missed = new Map(events.slice(-MOST).map((event) => [keyOf(event), event]));
    const files = new Set(clips.map(({ file }) => file));
    for (const row of this.#list.querySelectorAll<HTMLElement>('li')) {
      const key = row.dataset['key']!;
      const event = missed.get(key);
      if (event === undefined) row.remove();
      else this.#renew(row, event, files);
      missed.delete(key);
    }
    this.add([...missed.values()]);
    for (const clip of clips) this.addClip(clip);
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

  /** An object that stays may be in several: an event has the one that shows it, or else the first. */
  addClip(clip: ClipView): void {
    const { trackIds, startedAtMs, seconds } = clip;
    for (const row of this.#list.querySelectorAll<HTMLElement>('li')) {
      const { track, at } = row.dataset;
      if (!trackIds.includes(Number(track))) continue;
      const place = row.querySelector('.clip')!;
      const sinceMs = Number(at) - startedAtMs;
      const isShown = sinceMs >= 0 && sinceMs <= 1000 * seconds;
      const known = place.querySelector('button');
      if (known !== null && !isShown) continue;
      // The same button plays the other one: whoever stands on it stays there.
      const open = known ?? button('Clip', () => this.#player.play(this.#clips.get(open)!));
      this.#clips.set(open, clip);
      open.setAttribute('aria-label', `Clip of object ${track}, ${durationWords(seconds)}`);
      if (known === null) place.append(open);
    }
  }

  forget(camera: string): void {
    for (const row of this.#list.querySelectorAll<HTMLElement>('li'))
      if (row.dataset['camera'] === camera)
        for (const place of row.querySelectorAll('.thumb, .clip')) place.replaceChildren();
    this.#large.close();
    this.#player.forget(camera);
  }

  /** @param files of clips that may still be played */
  #renew(row: HTMLElement, event: EventView, files: ReadonlySet<string>): void {
    if (!event.hasPicture) row.querySelector('.thumb')!.replaceChildren();
    else if (row.querySelector('img') === null) this.#putPicture(row, event.trackId);
    const open = row.querySelector<HTMLButtonElement>('.clip button');
    if (open !== null && !files.has(this.#clips.get(open)!.file)) open.remove();
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
      {
        'data-key': keyOf(event),
        'data-track': event.trackId,
        'data-camera': event.camera,
        'data-at': event.atMs,
        class: event.kind,
      },
      element('span', { class: 'text' }, what, when),
      element('span', { class: 'clip' }),
      element('span', { class: 'thumb' }),
    );
    if (event.hasPicture) this.#putPicture(row, event.trackId);
    return row;
  }

  #putPicture(row: HTMLElement, trackId: number): void {
    const src = `/api/object.jpg?boot=${this.#bootId}&id=${trackId}`;
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

/** An agent that was started again counts from one again. */
function keyOf({ id, atMs }: EventView): string {
  return `${id} ${atMs}`;
}
