// The page of the first steps: the token of its address, then questions one after the other, and what was found.

import { button, element, named, setText } from '../../../page/browser/dom.js';
import type { Question } from '../../question.js';
import type { Entry, Outcome, ServerMessage } from '../protocol.js';
import { focusOn, questionView } from './question-view.js';
import { STAGES, stageOf } from './stages.js';
import { StepsConnection } from './steps-connection.js';

const TOKEN = '#token=';
const TITLES: Readonly<Record<Outcome['kind'], string>> = {
  running: 'The agent runs',
  written: 'The configuration is written',
  nothing: 'Setup has ended',
  failed: 'Setup has ended with an error',
};

class Steps {
  readonly #stages = STAGES.map((name) => element('li', {}, name));
  readonly #told = element('div', { class: 'told', role: 'log', 'aria-label': 'What was found' });
  readonly #doing = element('p', { class: 'doing', role: 'status' });
  readonly #asked = element('div', { class: 'asked' });
  readonly #connection = new StepsConnection({
    onMessage: (message) => this.#hear(message),
    onLost: () => this.#say('The connection to setup is lost; it is being tried again …'),
  });

  start(): void {
    const stages = element('ol', { class: 'stages', 'aria-label': 'Stages' }, ...this.#stages);
    show(stages, this.#told, this.#doing, this.#asked);
    this.#mark(0);
    this.#connection.open();
  }

  #hear(message: ServerMessage): void {
    switch (message.kind) {
      case 'hello':
        this.#told.replaceChildren();
        this.#asked.replaceChildren();
        this.#say('');
        this.#tell(message.entries);
        break;
      case 'told':
        this.#tell(message.entries);
        break;
      case 'doing':
        this.#say(`${message.what} …`);
        break;
      case 'ask':
        this.#ask(message.number, message.question);
        break;
      case 'elsewhere':
        showNote(
          'The first steps go on in another window.',
          button('Go on here', () => new Steps().start(), { class: 'primary' }),
        );
        break;
      case 'end':
        this.#end(message.outcome);
    }
  }

  #tell(entries: readonly Entry[]): void {
    this.#told.append(...entries.map(entryView));
    for (const entry of entries) if (entry.tone === 'answer') this.#stage(entry.id, false);
  }

  #ask(number: number, question: Question): void {
    this.#say('');
    this.#stage(question.id, true);
    const form = questionView(question, (answer) => {
      this.#connection.answer({ number, answer });
      form.remove();
      this.#say('one moment …');
    });
    this.#asked.replaceChildren(form);
    focusOn(form);
  }

  #end({ kind, lines, port }: Outcome): void {
    this.#say('');
    const { hostname } = window.location;
    const link =
      port === undefined
        ? undefined
        : element(
            'a',
            { class: 'primary', href: `http://${hostname}:${port}/` },
            'Open the page of the agent',
          );
    const title = element('h2', { tabindex: -1 }, TITLES[kind]);
    const told = lines.map((line) => element('p', {}, named(line)));
    this.#asked.replaceChildren(element('section', { class: `outcome panel ${kind}` }, title, ...told, link));
    if (kind === 'running') this.#mark(STAGES.length);
    for (const stage of this.#stages) stage.removeAttribute('aria-current');
    title.focus();
  }

  #say(what: string): void {
    setText(this.#doing, what);
  }

  #stage(id: string, isOpen: boolean): void {
    this.#mark(stageOf(id, isOpen));
  }

  #mark(current: number): void {
    for (const [i, stage] of this.#stages.entries()) {
      stage.classList.toggle('past', i < current);
      if (i === current) stage.setAttribute('aria-current', 'step');
      else stage.removeAttribute('aria-current');
    }
  }
}

function entryView(entry: Entry): HTMLElement {
  if (entry.tone !== 'answer') return element('p', { class: entry.tone }, named(entry.text));
  return element('p', { class: 'answer' }, named(entry.question), ' ', element('b', {}, named(entry.text)));
}

function show(...nodes: readonly Node[]): void {
  const title = element('h1', {}, element('span', { class: 'product' }, 'cspcam'), 'First steps');
  const main = element('main', { class: 'steps' }, ...nodes);
  document.body.replaceChildren(element('header', {}, title), main);
}

function showNote(text: string, ...nodes: readonly Node[]): void {
  show(element('p', { role: 'alert' }, text), ...nodes);
}

/** @returns whether this browser may go on; the token opens one session, which a page that is loaded anew has */
async function isLetIn(): Promise<boolean> {
  const { hash } = window.location;
  const session = (await (await fetch('/api/session')).json()) as { isIn: boolean };
  if (session.isIn || !hash.startsWith(TOKEN)) return session.isIn;
  const answer = await fetch('/api/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ password: hash.slice(TOKEN.length) }),
  });
  return answer.ok;
}

async function begin(): Promise<void> {
  const isIn = await isLetIn().catch(() => false);
  // It stays neither in the address bar nor in the history.
  window.history.replaceState(null, '', '/');
  if (isIn) new Steps().start();
  else
    showNote(
      'This address is not the one that setup has printed in its terminal, or it was opened before. It opens once: start cspcam setup --page again for another one.',
    );
}

void begin();
