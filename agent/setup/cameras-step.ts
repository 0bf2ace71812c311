// Found or named cameras -> those that were chosen, tried, with their logins: questions one after the other.

import { expected } from '#common/errors.js';
import { keepSecret } from '#common/secrets.js';
import { PASSWORD_VARIABLE } from '../discovery/suggestion.js';
import { inAddress } from './draft.js';
import { CLIP, cameraLabel, type FoundCamera } from './find-cameras.js';
import type { Front } from './front.js';
import {
  addressMistake,
  type CameraLogin,
  type CameraTrial,
  type TriedCamera,
  tryCamera,
  userIn,
} from './try-camera.js';
import { freeVariable, type Variables } from './variables.js';

/** What new cameras, and the variables of their passwords, may not be called. */
export interface Taken {
  readonly ids: readonly string[];
  readonly variables: Variables;
}

export interface CamerasInput {
  readonly found: readonly FoundCamera[];
  /** Named beforehand: they are not asked for. */
  readonly given: readonly FoundCamera[];
  /** Of the cameras, said beforehand. */
  readonly login?: { readonly user: string; readonly password: string } | undefined;
  /** In the configuration that they are written into. */
  readonly taken: Taken;
}

export interface ChosenCameras {
  readonly cameras: readonly TriedCamera[];
  /** That they need. */
  readonly logins: readonly CameraLogin[];
}

const OTHER = 'other';
/** Cameras lock accounts after a few. */
const MOST_LOGINS = 3;

/** @throws CspcamError where none is left */
export async function chooseCameras(
  input: CamerasInput,
  front: Front,
  signal: AbortSignal,
): Promise<ChosenCameras> {
  expectNewIds(input);
  const chosen = input.given.length > 0 ? input.given : await askWhich(input.found, front, signal);
  const step = new Trials(front, input);
  for (const camera of chosen) await step.add(camera, input.given.length > 0, signal);
  if (step.cameras.length > 0) return { cameras: step.cameras, logins: step.logins };
  throw expected('a camera that gives video', 'the configuration', 'none');
}

function expectNewIds({ given, taken }: CamerasInput): void {
  const twice = idsOf(given).find((id) => taken.ids.includes(id));
  if (twice !== undefined) throw expected('an id that the configuration does not have', '--camera', twice);
}

/** Those that were said. */
function idsOf(cameras: readonly FoundCamera[]): string[] {
  return cameras.flatMap((camera) => (camera.kind === 'address' ? (camera.id ?? []) : []));
}

async function askWhich(
  found: readonly FoundCamera[],
  front: Front,
  signal: AbortSignal,
): Promise<FoundCamera[]> {
  const choices = [...found, CLIP].map((camera) => ({ value: camera.key, label: cameraLabel(camera) }));
  if (found.length === 0 && !front.isAsking)
    throw expected('a camera', 'this machine and its networks', 'none (name it: --camera URI)');
  const answers = await front.ask(
    {
      kind: 'choose-many',
      id: 'cameras',
      message: 'Which cameras shall be watched?',
      choices: [...choices, { value: OTHER, label: 'another address' }],
      usual: found.length > 0 ? found.map(({ key }) => key) : [CLIP.key],
    },
    signal,
  );
  const known = [...found, CLIP].filter(({ key }) => answers.includes(key));
  return answers.includes(OTHER) ? [...known, await askAddress(front, signal)] : known;
}

async function askAddress(front: Front, signal: AbortSignal): Promise<FoundCamera> {
  for (;;) {
    const question = {
      kind: 'text',
      id: 'camera-address',
      message: 'Its address, without a password (rtsp://user@host/path, v4l2:/dev/video0, file:/clip.mp4)',
      usual: CLIP.key,
    } as const;
    const address = await front.ask(question, signal);
    if (address === CLIP.key) return CLIP;
    const mistake = addressMistake(address);
    if (mistake === undefined) return { kind: 'address', key: address };
    front.tell({ kind: 'problem', message: `expected ${mistake}` });
  }
}

type AcceptedTrial = Extract<CameraTrial, { cameras: unknown }>;

class Trials {
  readonly cameras: TriedCamera[] = [];
  readonly #front: Front;
  /** That a camera has accepted, or that were given; the last is tried first. */
  readonly #known: CameraLogin[] = [];
  readonly #used = new Set<CameraLogin>();
  readonly #taken: Taken;
  readonly #said: readonly string[];

  constructor(front: Front, { given, login, taken }: CamerasInput) {
    this.#front = front;
    this.#taken = taken;
    this.#said = idsOf(given);
    if (login !== undefined) this.#known.push(this.#named(login));
  }

  get logins(): readonly CameraLogin[] {
    return [...this.#used];
  }

  /** @param isNamed where it was asked for by name: without somebody to ask, its failure is the end */
  async add(camera: FoundCamera, isNamed: boolean, signal: AbortSignal): Promise<void> {
    const where = camera.key;
    const tried = new Set<string>();
    let login: CameraLogin | undefined;
    let inClear = false;
    for (;;) {
      this.#front.tell({ kind: 'doing', what: `trying ${where}` });
      const trial = await tryCamera(camera, { login, inClear, taken: this.#takenIds() }, signal);
      if ('cameras' in trial) return this.#accept(trial, login);
      const message = trial.message.includes(where) ? trial.message : `${where}: ${trial.message}`;
      const known = this.#known.at(-1);
      if (trial.failure === 'login' && known !== undefined && !tried.has(word(known))) login = known;
      else {
        if (!this.#front.isAsking && isNamed) throw expected('video', where, hinted(trial));
        this.#front.tell({ kind: 'problem', message });
        if (!this.#front.isAsking) return;
        if (trial.failure !== 'login') {
          if (!(await this.#again(where, trial.failure, signal))) return;
          inClear ||= trial.failure === 'in-clear';
        } else if (tried.size < MOST_LOGINS) login = await this.#askLogin(where, signal);
        else return;
        if (trial.failure === 'login' && login === undefined) return;
      }
      if (login !== undefined) tried.add(word(login));
    }
  }

  #accept({ cameras, problems }: AcceptedTrial, login: CameraLogin | undefined): void {
    for (const message of problems) this.#front.tell({ kind: 'problem', message });
    for (const camera of cameras) this.#front.tell({ kind: 'camera', camera });
    this.cameras.push(...cameras);
    if (login === undefined) return;
    this.#used.add(login);
    if (!this.#known.includes(login)) this.#known.push(login);
  }

  /** Those that somebody has said are for their cameras, whichever comes first. */
  #takenIds(): Record<string, unknown> {
    const ids = [...this.#taken.ids, ...this.#said, ...this.cameras.map(({ id }) => id)];
    return Object.fromEntries(ids.map((id) => [id, true]));
  }

  /** @returns nothing where the camera is to be left out */
  async #askLogin(where: string, signal: AbortSignal): Promise<CameraLogin | undefined> {
    const usual = userIn(where) ?? this.#known.at(-1)?.user ?? 'admin';
    const user = await this.#front.ask(
      { kind: 'text', id: 'camera-user', message: `User of ${where}`, usual },
      signal,
    );
    const message = `Password of ${user} at ${where} (nothing leaves the camera out)`;
    const password = await this.#front.ask({ kind: 'password', id: 'camera-password', message }, signal);
    return password === '' ? undefined : this.#named({ user, password });
  }

  #named({ user, password }: { user: string; password: string }): CameraLogin {
    keepSecret(password);
    const { variables } = this.#taken;
    const taken = [...variables.taken, ...[...this.#used].flatMap(({ variable }) => variable ?? [])];
    const variable = freeVariable(PASSWORD_VARIABLE, inAddress(password), { ...variables, taken });
    return { user, password, variable };
  }

  async #again(where: string, failure: 'in-clear' | 'other', signal: AbortSignal): Promise<boolean> {
    const again =
      failure === 'other' ? 'try it again' : 'send it the password in clear: I trust everyone on the network';
    const answer = await this.#front.ask(
      {
        kind: 'choose',
        id: failure === 'other' ? 'camera-failed' : 'camera-in-clear',
        message: `What about ${where}?`,
        choices: [
          { value: 'again', label: again },
          { value: 'leave', label: 'leave it out' },
        ],
        usual: failure === 'other' ? 'again' : 'leave',
      },
      signal,
    );
    return answer === 'again';
  }
}

/** What a script may say beforehand. */
function hinted({ failure, message }: { failure: string; message: string }): string {
  const hint = ` (--user NAME, and ${PASSWORD_VARIABLE} in the environment)`;
  return failure === 'login' ? `${message}${hint}` : message;
}

function word({ user, password }: CameraLogin): string {
  return JSON.stringify([user, password]);
}
