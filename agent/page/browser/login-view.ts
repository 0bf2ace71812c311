// A password that somebody types -> they are in, or read why not.

import { element } from './dom.js';

export function loginView(onIn: () => void): HTMLElement {
  const password = element('input', {
    id: 'password',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
  });
  const problem = element('p', { class: 'problem', role: 'alert' });
  const submit = element('button', { type: 'submit', class: 'primary' }, 'Log in');
  const form = element(
    'form',
    { class: 'login' },
    element('h1', {}, 'cspcam'),
    element('label', { for: 'password' }, 'Password'),
    password,
    submit,
    problem,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    submit.disabled = true;
    problem.textContent = (await login(password.value)) ?? '';
    submit.disabled = false;
    if (problem.textContent === '') return onIn();
    password.select();
    password.focus();
  });
  return element('main', { class: 'centred' }, form);
}

/** @returns what is wrong, in words */
async function login(password: string): Promise<string | undefined> {
  try {
    const answer = await fetch('/api/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ password }),
    });
    if (answer.ok) return undefined;
    return ((await answer.json()) as { message: string }).message;
  } catch {
    return 'The agent does not answer.';
  }
}
