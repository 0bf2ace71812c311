// A question of the first steps -> a form, and what was chosen or typed in it. Its controls are the browser's own.

import { element, named } from '../../../page/browser/dom.js';
import type { Choice, Question } from '../../question.js';

type Answer = string | readonly string[];

/** What a question wants of somebody: its controls, and what they say. */
interface Controls {
  readonly nodes: readonly Node[];
  /** @returns nothing where something is missing, which the control says itself */
  readonly answer: () => Answer | undefined;
}

/** Focus goes to it with `focusOn`, once it is in the page. */
export function questionView(question: Question, onAnswer: (answer: Answer) => void): HTMLFormElement {
  const { nodes, answer } = controlsOf(question);
  const submit = element('button', { type: 'submit', class: 'primary' }, 'Continue');
  const form = element('form', { class: 'question panel', autocomplete: 'off' }, ...nodes, submit);
  form.dataset['id'] = question.id;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const given = answer();
    if (given === undefined) return;
    // One answer for each question, however often somebody presses.
    submit.disabled = true;
    onAnswer(given);
  });
  return form;
}

export function focusOn(form: HTMLFormElement): void {
  const control = form.querySelector<HTMLInputElement>('input:checked') ?? form.querySelector('input');
  control?.focus();
  if (control?.type === 'text') control.select();
}

function controlsOf(question: Question): Controls {
  switch (question.kind) {
    case 'choose':
      return choiceControls(question.message, 'radio', question.choices, [question.usual], ([one]) => one);
    case 'choose-many':
      return choiceControls(question.message, 'checkbox', question.choices, question.usual, (all) =>
        all.length > 0 ? all : undefined,
      );
    case 'text':
      return typedControls(question.message, 'text', question.usual);
    case 'password':
      return typedControls(question.message, 'password', '');
  }
}

function choiceControls(
  message: string,
  type: 'radio' | 'checkbox',
  choices: readonly Choice[],
  usual: readonly string[],
  answerOf: (chosen: readonly string[]) => Answer | undefined,
): Controls {
  const inputs = choices.map(({ value }) =>
    element('input', { type, name: 'answer', value, checked: usual.includes(value) }),
  );
  const labels = choices.map(({ label }, i) =>
    element('label', { class: 'choice' }, inputs[i], named(label)),
  );
  const problem = element('p', { class: 'problem', role: 'alert' });
  return {
    nodes: [element('fieldset', {}, element('legend', {}, named(message)), ...labels), problem],
    answer: () => {
      const chosen = answerOf(inputs.filter(({ checked }) => checked).map(({ value }) => value));
      problem.textContent = chosen === undefined ? 'Choose at least one.' : '';
      return chosen;
    },
  };
}

/** The answer leaves the control with it: a password is nowhere in the page afterwards. */
function typedControls(message: string, type: 'text' | 'password', usual: string): Controls {
  const input = element('input', {
    id: 'answer',
    type,
    value: usual,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
  });
  return {
    nodes: [element('label', { for: 'answer' }, named(message)), input],
    answer: () => {
      const { value } = input;
      input.value = '';
      return value;
    },
  };
}
