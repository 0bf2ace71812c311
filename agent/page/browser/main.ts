// The page: a login where one is needed, then what the cameras see, or the editor of one of them.

import type { PictureHead, ServerMessage } from '../protocol.js';
import { Connection } from './connection.js';
import { button, element, named, setText } from './dom.js';
import { Editor } from './editor.js';
import { LiveView } from './live-view.js';
import { loginView } from './login-view.js';

interface Session {
  readonly needsPassword: boolean;
  readonly isIn: boolean;
  /** As many look as may. */
  readonly isFull?: boolean;
}

const EDIT = '#edit=';

class App {
  readonly #needsPassword: boolean;
  readonly #header = element('header');
  readonly #main = element('main');
  readonly #device = element('span', { class: 'device' });
  readonly #link = element('p', { class: 'link', role: 'status' });
  readonly #live = new LiveView((camera) => {
    window.location.hash = `${EDIT}${camera}`;
  });
  readonly #connection = new Connection({
    onMessage: (message) => this.#hear(message),
    onPicture: (head, jpeg) => void this.#show(head, jpeg),
    onChange: (isOpen) => void this.#changed(isOpen),
  });
  /** Another one by each camera with each time that its pictures are not to be seen any more. */
  readonly #forgotten = new Map<string, object>();
  #editor: Editor | undefined;
  #version: string | undefined;
  #hello: (ServerMessage & { kind: 'hello' }) | undefined;
  #isOpen = false;
  #isFull = false;
  /** The password is asked for again. */
  #isOut = false;

  constructor(needsPassword: boolean) {
    this.#needsPassword = needsPassword;
  }

  start(): void {
    const out = this.#needsPassword ? button('Log out', () => void this.#logout()) : undefined;
    const title = element('h1', {}, element('span', { class: 'product' }, 'cspcam'), this.#device);
    this.#header.append(title, this.#link, ...(out === undefined ? [] : [out]));
    this.#changedView();
    window.addEventListener('hashchange', () => this.#moved());
    document.addEventListener('visibilitychange', () => this.#watch());
    this.#enter();
  }

  /** With what was on it before, where the session has ended meanwhile: shapes that are not saved too. */
  #enter(): void {
    this.#isOut = false;
    document.body.replaceChildren(this.#header, this.#main);
    this.#connection.open();
  }

  #hear(message: ServerMessage): void {
    if (message.kind === 'hello') {
      // Another version of the agent has another page.
      if (this.#version !== undefined && this.#version !== message.version) {
        window.location.reload();
        return;
      }
      this.#version = message.version;
      this.#hello = message;
      this.#device.replaceChildren(named(message.device));
      document.title = `${message.device} – cspcam`;
    }
    this.#live.hear(message);
    if (message.kind === 'forget') this.#forgotten.set(message.camera, {});
    if (message.kind === 'forget' && message.camera === this.#editor?.camera) this.#editor.wantPicture();
    if (message.kind === 'hello') this.#changedView();
    if (message.kind === 'hello' || message.kind === 'cameras') this.#watch();
  }

  async #show(head: PictureHead, jpeg: Blob | undefined): Promise<void> {
    const { camera } = head;
    const forgotten = this.#forgotten.get(camera);
    const picture = jpeg && (await createImageBitmap(jpeg).catch(() => undefined));
    // The agent counts what it has sent, shown or not.
    this.#connection.drawn(camera);
    if (this.#forgotten.get(camera) !== forgotten) {
      picture?.close();
      return;
    }
    this.#live.show(head, picture);
    if (camera === this.#editor?.camera) this.#editor.offer(this.#live.drawnOf(camera));
  }

  async #changed(isOpen: boolean): Promise<void> {
    this.#isOpen = isOpen;
    if (isOpen) this.#isFull = false;
    this.#sayLink();
    if (isOpen) return;
    const session = await sessionNow().catch(() => undefined);
    this.#isFull = session?.isFull === true;
    this.#sayLink();
    if (session?.isIn !== false || this.#isOut) return;
    this.#isOut = true;
    this.#connection.close();
    showLogin(() => this.#enter());
  }

  #sayLink(): void {
    const why = this.#isFull ? 'As many pages are open as page.maxViewers allows. ' : '';
    setText(this.#link, this.#isOpen ? 'Live' : `${why}Connecting again …`);
    this.#link.classList.toggle('open', this.#isOpen);
  }

  /** By a button, by hand or by Back. */
  #moved(): void {
    const editor = this.#editor;
    const stays = editor !== undefined && window.location.hash !== EDIT + editor.camera && !editor.mayClose();
    if (stays) window.location.hash = EDIT + editor.camera;
    else this.#changedView();
  }

  #changedView(): void {
    const { hash } = window.location;
    // Ids of cameras have no letter that is written otherwise there.
    const camera = hash.startsWith(EDIT) ? hash.slice(EDIT.length) : undefined;
    const hello = this.#hello;
    const isKnown = camera !== undefined && hello !== undefined && this.#live.cameras.includes(camera);
    if (isKnown && this.#editor?.camera === camera) return;
    this.#editor?.close();
    this.#editor = undefined;
    if (isKnown) {
      this.#editor = new Editor({ camera, canSave: hello.canEdit, onClose: leaveEditor });
      this.#main.replaceChildren(this.#editor.node);
      this.#editor.offer(this.#live.drawnOf(camera));
      void this.#editor.open();
    } else if (!this.#live.node.isConnected) this.#main.replaceChildren(this.#live.node);
    this.#watch();
  }

  /** What is not seen costs nothing. */
  #watch(): void {
    const wanted = this.#editor === undefined ? this.#live.cameras : [this.#editor.camera];
    this.#connection.watch(document.hidden ? [] : wanted);
  }

  async #logout(): Promise<void> {
    this.#connection.close();
    await fetch('/api/logout', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    }).catch(() => undefined);
    window.location.reload();
  }
}

function leaveEditor(): void {
  window.location.hash = '';
}

async function sessionNow(): Promise<Session> {
  return (await (await fetch('/api/session')).json()) as Session;
}

function showLogin(onIn: () => void): void {
  document.body.replaceChildren(loginView(onIn));
  document.querySelector('input')?.focus();
}

async function begin(): Promise<void> {
  const { needsPassword, isIn } = await sessionNow();
  if (isIn) new App(needsPassword).start();
  else showLogin(() => void begin());
}

void begin();
