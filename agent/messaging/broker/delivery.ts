// Messages and a connection -> each in the form that the broker takes, as many at once as it bears, and what became of it.

import type { Done, Outcome, RefusalReason, Refused } from '../outcome.js';
import type { BrokerConnection, Outgoing, Protocol } from './client.js';
import { fitted, packetBytes, refusalBy } from './fitted.js';
import { HangUps, type Suspect } from './hang-ups.js';
import type { BrokerLimits } from './limits.js';
import { type Sending, SendWindow } from './send-window.js';

/** What a broker does not take: a message, or the subscription to a filter. */
export interface Refusal extends Refused {
  readonly of: 'message' | 'subscription';
  /** Or filter. */
  readonly topic: string;
  readonly bytes: number;
}

export interface DeliveryOptions {
  /** CLOCK_MONOTONIC, milliseconds. */
  readonly nowMs: () => number;
  readonly onRefusal: (refusal: Refusal) => void;
  /** Is told of each message that a connection is given. */
  readonly onSend?: (() => void) | undefined;
}

/** Who ended a connection: only what the broker did says something about the messages. */
export type Ending =
  | { readonly by: 'other' }
  /** Without a word, with one that blames what it was sent, or for too much at once. */
  | { readonly by: 'broker'; readonly why?: Refused; readonly isOverrun?: boolean };

/** Unacknowledged at once where the broker allows more: what is lost with a connection is sent again. */
const MOST_IN_FLIGHT = 64;
const WATCH_EVERY_MS = 5000;
/** After so long everything that goes with each connect has been on its way. */
const SETTLED_MS = 10_000;
/** A broker that answers nothing of what is on its way will not do so any more. */
const UNANSWERED_MS = 60_000;

const PENDING: Outcome = { kind: 'pending' };
const DELIVERED: Outcome = { kind: 'delivered' };

/** No topic or filter is empty. */
const PROBE = { key: '', bytes: 0, takesPlace: false, done: undefined };

interface Present {
  readonly connection: BrokerConnection;
  readonly protocol: Protocol;
  readonly limits: BrokerLimits;
  readonly sinceMs: number;
}

/** Outlives the connections: what was learned on one counts on the next. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #window = new SendWindow((sending, outcome) => this.#onAnswer(sending, outcome));
  readonly #hangUps = new HangUps();
  #present: Present | undefined;
  /** Of the present connection, or of the last one. */
  #last: Pick<Present, 'protocol' | 'limits'> = { protocol: '5', limits: {} };
  /** Less than the broker says it takes, where it did not bear that. */
  #mostInFlight = MOST_IN_FLIGHT;
  /** When something was answered last, or the first thing sent of which nothing is answered yet. */
  #answeredAtMs = 0;
  #isUnanswered = false;
  #watch: NodeJS.Timeout | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Whether it is being found out what the broker hangs up on. */
  get isWary(): boolean {
    return this.#hangUps.isWary;
  }

  /** Bytes that have not left this process. */
  get unsentBytes(): number {
    return (this.#present?.connection.unsentBytes ?? 0) + this.#window.waitingBytes;
  }

  open(connection: BrokerConnection, protocol: Protocol, limits: BrokerLimits): void {
    const sinceMs = this.#options.nowMs();
    this.#present = { connection, protocol, limits, sinceMs };
    this.#last = this.#present;
    this.#isUnanswered = false;
    this.#openWindow();
    // A broker that closes before anything was sent hangs up on nothing in particular.
    if (this.#hangUps.isWary) this.#push({ ...PROBE, start: (answer) => connection.ping(answer) });
    this.#watch = setInterval(() => this.#onWatch(), WATCH_EVERY_MS).unref();
  }

  /**
   * Settles everything that is left: what the broker hung up on as refused, the rest to be sent again.
   *
   * @returns whether it is certain now what the broker hangs up on
   */
  close(ending: Ending): boolean {
    const present = this.#present;
    if (present === undefined) return false;
    clearInterval(this.#watch);
    this.#present = undefined;
    const inFlight = this.#window.inFlight;
    const isOverrun = ending.by === 'broker' && ending.isOverrun === true;
    if (isOverrun)
      this.#mostInFlight = Math.max(1, Math.min(this.#mostInFlight, Math.floor(inFlight.length / 2)));
    const why = ending.by === 'broker' ? ending.why : undefined;
    const isHangUp = this.#isUnanswered || (ending.by === 'broker' && !isOverrun);
    const nowMs = this.#options.nowMs();
    const found = isHangUp
      ? this.#hangUps.ended({
          inFlight: inFlight.filter(({ key }) => key !== PROBE.key),
          isAlone: this.#window.isAlone,
          reason: why?.reason,
          // However long it lasted, it is what is on its way now that the broker does not answer.
          livedMs: this.#isUnanswered ? 0 : nowMs - present.sinceMs,
          nowMs,
        })
      : undefined;
    const isFound = (sending: Sending) => sending.key === found?.key && inFlight.includes(sending);
    const refused = why ?? ({ kind: 'refused', reason: 'hang-up' } as const);
    this.#window.close((sending) => (isFound(sending) ? refused : PENDING));
    return found !== undefined;
  }

  /** @param done is told once what became of it: without a connection at once that it has to be sent again */
  send(message: Outgoing, done?: Done): void {
    const present = this.#present;
    if (present === undefined) {
      done?.(PENDING);
      return;
    }
    const { connection, protocol, limits } = present;
    const fit = fitted(message, limits);
    const suspect = { key: message.topic, bytes: packetBytes(fit, protocol) };
    const reason = refusalBy(limits, suspect.bytes) ?? this.#objection(suspect);
    const takesPlace = fit.options.qos > 0;
    // Without a retain flag it would be an empty message to whoever listens.
    if (isClearing(message) && limits.retainAvailable === false) done?.(DELIVERED);
    else if (reason !== undefined) this.#refuse('message', suspect, { kind: 'refused', reason }, done);
    else if (done !== undefined || takesPlace || this.#window.isAlone) {
      this.#push({
        ...suspect,
        takesPlace,
        start: (answer) => this.#give(connection, fit, answer),
        done: (outcome) => {
          if (outcome.kind === 'refused') this.#refuse('message', suspect, outcome, done);
          else done?.(outcome);
        },
      });
    } else {
      // Nobody asks about it: it need not wait for anything.
      this.#hangUps.sentUnanswered(suspect, this.#options.nowMs());
      this.#give(connection, fit);
    }
  }

  /** Sends the last word on a connection, whatever is still waiting. */
  sendLast(message: Outgoing, done: Done): void {
    if (this.#present === undefined) done(PENDING);
    else this.#give(this.#present.connection, fitted(message, this.#present.limits), done);
  }

  /** One filter in a packet: some brokers take few in one, and hang up on the whole of it. */
  subscribe(filter: string): void {
    if (this.#present === undefined) return;
    const { connection, limits } = this.#present;
    const suspect = { key: filter, bytes: filter.length };
    const isWild = limits.wildcardsAvailable === false && /[+#]/.test(filter);
    const reason = isWild ? 'topic-name' : this.#objection(suspect);
    if (reason !== undefined) {
      const words = isWild ? { words: 'wildcard subscriptions not available' } : {};
      this.#refuse('subscription', suspect, { kind: 'refused', reason, ...words });
      return;
    }
    this.#push({
      ...suspect,
      takesPlace: false,
      start: (answer) => connection.subscribe(filter, answer),
      done: (outcome) => {
        if (outcome.kind === 'refused') this.#refuse('subscription', suspect, outcome);
      },
    });
  }

  /** How many bytes of payload may be tried with a message that has none yet. */
  roomFor(message: Outgoing): number {
    const { limits, protocol } = this.#last;
    const { maximumPacketBytes = Number.POSITIVE_INFINITY } = limits;
    const allowedBytes = this.#hangUps.allowedBytes(message.topic, this.#options.nowMs());
    // The length in front of a full packet may take three bytes more than that of an empty one.
    return Math.min(maximumPacketBytes, allowedBytes) - packetBytes(fitted(message, limits), protocol) - 3;
  }

  #give(connection: BrokerConnection, message: Outgoing, done?: Done): void {
    this.#options.onSend?.();
    connection.send(message, done);
  }

  #objection(suspect: Suspect): RefusalReason | undefined {
    return this.#hangUps.objection(suspect, this.#options.nowMs());
  }

  #push(sending: Sending): void {
    if (this.#window.isIdle) this.#answeredAtMs = this.#options.nowMs();
    this.#window.push(sending);
  }

  #refuse(
    of: Refusal['of'],
    { key, bytes }: { key: string; bytes: number },
    why: Refused,
    done?: Done,
  ): void {
    this.#options.onRefusal({ ...why, of, topic: key, bytes });
    done?.(why);
  }

  #openWindow(): void {
    const { receiveMaximum = MOST_IN_FLIGHT } = this.#last.limits;
    const places = Math.min(receiveMaximum, this.#mostInFlight);
    this.#window.open({ places, isAlone: this.#hangUps.isWary });
  }

  #onAnswer(sending: Sending, outcome: Outcome): void {
    if (this.#present === undefined) return;
    this.#answeredAtMs = this.#options.nowMs();
    this.#hangUps.answered(sending, outcome.kind === 'delivered');
    if (this.#window.isAlone && !this.#hangUps.isWary) this.#openWindow();
  }

  #onWatch(): void {
    if (this.#present === undefined) return;
    const nowMs = this.#options.nowMs();
    if (!this.#window.isIdle && nowMs - this.#answeredAtMs >= UNANSWERED_MS) {
      this.#isUnanswered = true;
      this.#present.connection.destroy();
    } else if (
      this.#hangUps.isWary &&
      nowMs - this.#present.sinceMs >= SETTLED_MS &&
      !this.#isSuspectOnItsWay
    ) {
      this.#hangUps.acquit();
      this.#openWindow();
    }
  }

  /** Others are no matter: there may always be something to send. */
  get #isSuspectOnItsWay(): boolean {
    return this.#window.some(({ key }) => this.#hangUps.isSuspect(key));
  }
}

function isClearing({ payload, options }: Outgoing): boolean {
  return options.retain && payload.length === 0;
}
