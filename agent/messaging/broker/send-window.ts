// Messages to send, in order -> as many at once as a broker bears, each settled once. Pure.

import type { Done, Outcome } from '../outcome.js';

/** A message, or a subscription. */
export interface Sending {
  /** What a broker may object to: a topic or a filter. */
  readonly key: string;
  readonly bytes: number;
  /** Takes one of the places that the broker has for unacknowledged messages. */
  readonly takesPlace: boolean;
  readonly start: (done: Done) => void;
  readonly done: Done | undefined;
}

export interface WindowOptions {
  /** How many may be unacknowledged. */
  readonly places: number;
  /** One at a time, whatever it is: so it is known what a broker hangs up on. */
  readonly isAlone: boolean;
}

/**
 * Whoever pushes bounds how much waits here: retained messages one per topic, the outbox its window, others by
 * `waitingBytes`.
 */
export class SendWindow {
  readonly #onSettled: (sending: Sending, outcome: Outcome) => void;
  #options: WindowOptions = { places: 0, isAlone: false };
  readonly #waiting: Sending[] = [];
  readonly #inFlight = new Set<Sending>();
  #placesTaken = 0;
  #waitingBytes = 0;
  #isPumping = false;

  /** @param onSettled is told of each one after its own `done` */
  constructor(onSettled: (sending: Sending, outcome: Outcome) => void) {
    this.#onSettled = onSettled;
  }

  open(options: WindowOptions): void {
    this.#options = options;
    this.#pump();
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#inFlight.size === 0;
  }

  get isAlone(): boolean {
    return this.#options.isAlone;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Whether one fits of those that wait or are on their way. */
  some(fits: (sending: Sending) => boolean): boolean {
    return this.#waiting.some(fits) || this.inFlight.some(fits);
  }

  get inFlight(): readonly Sending[] {
    return [...this.#inFlight];
  }

  push(sending: Sending): void {
    this.#waiting.push(sending);
    this.#waitingBytes += sending.bytes;
    this.#pump();
  }

  /** Settles everything with what is said of it; nothing is sent until it is opened again. */
  close(outcomeOf: (sending: Sending) => Outcome): void {
    this.#options = { places: 0, isAlone: true };
    const left = [...this.#inFlight, ...this.#waiting];
    this.#inFlight.clear();
    this.#waiting.length = 0;
    this.#placesTaken = 0;
    this.#waitingBytes = 0;
    for (const sending of left) sending.done?.(outcomeOf(sending));
  }

  #pump(): void {
    // An answer may come before `start` returns.
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      for (let next = this.#waiting[0]; next !== undefined && this.#hasPlace(next); next = this.#waiting[0]) {
        this.#waiting.shift();
        this.#waitingBytes -= next.bytes;
        this.#start(next);
      }
    } finally {
      this.#isPumping = false;
    }
  }

  #hasPlace({ takesPlace }: Sending): boolean {
    const { places, isAlone } = this.#options;
    if (places === 0) return false;
    return isAlone ? this.#inFlight.size === 0 : !takesPlace || this.#placesTaken < places;
  }

  #start(sending: Sending): void {
    this.#inFlight.add(sending);
    if (sending.takesPlace) this.#placesTaken++;
    sending.start((outcome) => {
      // The connection is about to end: `close` settles what is on its way then.
      if (outcome.kind === 'pending') return;
      // Of an earlier connection.
      if (!this.#inFlight.delete(sending)) return;
      if (sending.takesPlace) this.#placesTaken--;
      sending.done?.(outcome);
      this.#onSettled(sending, outcome);
      this.#pump();
    });
  }
}
