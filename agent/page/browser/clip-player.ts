// A clip -> a dialog that plays it, for as long as it is open.

import type { ClipView } from '../protocol.js';
import { button, element, named, setText } from './dom.js';
import { durationWords, timeWords } from './words.js';

export class ClipPlayer {
  readonly node = element('dialog', { class: 'large', 'aria-labelledby': 'clip-title' });
  readonly #title = element('h2', { id: 'clip-title' });
  readonly #video = element('video', { controls: true, preload: 'none', playsinline: true });
  readonly #problem = element('p', { class: 'problem', role: 'alert' });
  readonly #save = element('a', { download: true }, 'Save');
  #clip: ClipView | undefined;

  constructor() {
    const close = button('Close', () => this.node.close());
    const foot = element('div', { class: 'clip-foot' }, close, this.#save);
    this.node.append(this.#title, this.#video, this.#problem, foot);
    this.#video.addEventListener('error', () => void this.#explain());
    // By its button or by Escape: the agent has a file open until then.
    this.node.addEventListener('close', () => this.#empty());
  }

  play(clip: ClipView): void {
    const { camera, startedAtMs, seconds } = clip;
    const url = `/api/clip/${clip.file}`;
    this.#clip = clip;
    setText(this.#problem, '');
    this.#title.replaceChildren(named(camera), ` · ${timeWords(startedAtMs)} · ${durationWords(seconds)}`);
    this.#save.href = url;
    this.#video.src = url;
    this.node.showModal();
    // Where it cannot be played, its `error` says so.
    this.#video.play().catch(() => {});
  }

  forget(camera: string): void {
    if (this.#clip?.camera === camera) this.node.close();
  }

  #empty(): void {
    this.#clip = undefined;
    this.#video.removeAttribute('src');
    this.#video.load();
  }

  /** Browsers call a clip that is gone by the same name as one that they cannot play. */
  async #explain(): Promise<void> {
    const clip = this.#clip;
    if (clip === undefined) return;
    const answer = await fetch(`/api/clip/${clip.file}`, { method: 'HEAD' }).catch(() => undefined);
    if (clip !== this.#clip) return;
    if (answer?.status === 404) setText(this.#problem, 'This clip is kept no longer.');
    else if (answer?.ok !== true) setText(this.#problem, 'This clip does not come now. Try again.');
    else setText(this.#problem, 'This browser cannot play it, such as H.265. Save it for another player.');
  }
}
