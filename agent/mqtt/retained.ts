// Retained messages, newest per topic -> which to send next; one on its way per topic, so memory is bounded.

interface Slot {
  payload: string;
  /** What the broker has acknowledged on this connection. */
  delivered: string | undefined;
  sending: boolean;
}

export class RetainedMessages {
  readonly #slots = new Map<string, Slot>();
  readonly #send: (topic: string, payload: string, done: (delivered: boolean) => void) => void;
  /** Changes with each connection: answers to an earlier one no longer count. */
  #connection = 0;
  #connected = false;
  #settled: (() => void) | undefined;

  constructor(send: (topic: string, payload: string, done: (delivered: boolean) => void) => void) {
    this.#send = send;
  }

  /** Replaces what is still waiting on the topic. */
  put(topic: string, payload: string): void {
    const slot = this.#slots.get(topic) ?? { payload, delivered: undefined, sending: false };
    slot.payload = payload;
    this.#slots.set(topic, slot);
    this.#next(topic, slot);
  }

  /** Sends everything anew: a broker that was restarted may have forgotten it. */
  connected(): void {
    this.#connection++;
    this.#connected = true;
    for (const slot of this.#slots.values()) {
      slot.sending = false;
      slot.delivered = undefined;
    }
    for (const [topic, slot] of this.#slots) this.#next(topic, slot);
  }

  disconnected(): void {
    this.#connected = false;
    this.#settled?.();
  }

  /** When nothing is on its way any more, or the connection is gone. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#settled = resolve;
      this.#checkSettled();
    });
  }

  #next(topic: string, slot: Slot): void {
    if (!this.#connected || slot.sending || slot.delivered === slot.payload) return;
    const { payload } = slot;
    const connection = this.#connection;
    slot.sending = true;
    this.#send(topic, payload, (delivered) => {
      if (connection !== this.#connection) return;
      slot.sending = false;
      if (delivered) {
        slot.delivered = payload;
        this.#next(topic, slot);
      }
      this.#checkSettled();
    });
  }

  #checkSettled(): void {
    if (this.#connected && [...this.#slots.values()].some(({ sending }) => sending)) return;
    this.#settled?.();
  }
}
