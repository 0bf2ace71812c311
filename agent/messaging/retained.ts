// Retained messages, newest per topic -> which to send next; one on its way per topic, so memory is bounded.

import type { Outgoing } from './broker/client.js';
import type { Done } from './outcome.js';

type Send = (message: Outgoing, done: Done) => void;

interface Slot {
  message: Outgoing;
  /** What the broker has acknowledged on this connection. */
  delivered: Outgoing | undefined;
  /** What the broker will not take: only another message is worth a try. */
  parked: { readonly message: Outgoing; readonly atMs: number } | undefined;
  sending: boolean;
}

/** An access rule may have been set right: some messages stay the same as long as the agent runs. */
const PARKED_MS = 3_600_000;
/** Others may leave any number of topics behind: the rest is found again on the next connection. */
const MOST_CLEARED = 1000;

export class RetainedMessages {
  readonly #slots = new Map<string, Slot>();
  /** Topics that the broker is to forget. */
  readonly #cleared = new Set<string>();
  readonly #send: Send;
  readonly #nowMs: () => number;
  /** Changes with each connection: answers to an earlier one no longer count. */
  #connection = 0;
  #connected = false;
  #settled: (() => void) | undefined;

  /** @param nowMs CLOCK_MONOTONIC, milliseconds */
  constructor(send: Send, nowMs: () => number) {
    this.#send = send;
    this.#nowMs = nowMs;
  }

  /** Replaces what is still waiting on the topic. An empty message is forgotten once the broker has it. */
  put(message: Outgoing): void {
    const { topic } = message;
    if (message.payload.length > 0) this.#cleared.delete(topic);
    else if (this.#cleared.size < MOST_CLEARED || this.#slots.has(topic)) this.#cleared.add(topic);
    else return;
    const slot = this.#slots.get(topic) ?? {
      message,
      delivered: undefined,
      parked: undefined,
      sending: false,
    };
    slot.message = message;
    this.#slots.set(topic, slot);
    this.#next(slot);
  }

  has(topic: string): boolean {
    return this.#slots.has(topic);
  }

  get topics(): string[] {
    return [...this.#slots.keys()];
  }

  /** Nothing of what there is now is sent any more; what the broker has stays there. */
  forgetAll(): void {
    this.#slots.clear();
    this.#cleared.clear();
  }

  /** What was refused may be allowed to another login, or by another broker. */
  forgetRefusals(): void {
    for (const slot of this.#slots.values()) slot.parked = undefined;
  }

  repeat(topic: string): void {
    const slot = this.#slots.get(topic);
    if (slot === undefined) return;
    slot.delivered = undefined;
    this.#next(slot);
  }

  /** Sends everything anew: a broker that was restarted may have forgotten it. */
  connected(): void {
    this.#connection++;
    this.#connected = true;
    for (const slot of this.#slots.values()) {
      slot.sending = false;
      slot.delivered = undefined;
      if (slot.parked !== undefined && this.#nowMs() - slot.parked.atMs >= PARKED_MS) slot.parked = undefined;
    }
    for (const slot of this.#slots.values()) this.#next(slot);
  }

  disconnected(): void {
    this.#connected = false;
    this.#settled?.();
  }

  /** Resolves when nothing is on its way any more, or the connection is gone. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#settled = resolve;
      this.#checkSettled();
    });
  }

  #next(slot: Slot): void {
    const { message } = slot;
    const { topic } = message;
    if (!this.#connected || slot.sending || slot.delivered === message || slot.parked?.message === message)
      return;
    const connection = this.#connection;
    slot.sending = true;
    this.#send(message, ({ kind }) => {
      if (kind === 'refused') slot.parked = { message, atMs: this.#nowMs() };
      if (connection !== this.#connection) return;
      slot.sending = false;
      if (kind === 'delivered') slot.delivered = message;
      if (kind === 'delivered' && slot.message === message && this.#cleared.delete(topic))
        this.#slots.delete(topic);
      if (kind !== 'pending') this.#next(slot);
      this.#checkSettled();
    });
  }

  #checkSettled(): void {
    if (this.#connected && [...this.#slots.values()].some(({ sending }) => sending)) return;
    this.#settled?.();
  }
}
