// What clients of the embedded broker want kept -> whether there is room for it. Pure.

export interface RetainedBudgetOptions {
  readonly maximumTopics: number;
  readonly maximumBytes: number;
}

/** About what a topic costs beside its letters and its payload. */
const TOPIC_BYTES = 512;
/** Of a topic: as long as a label of the agent may make it. */
const LONGEST_TOPIC_BYTES = 1024;

interface Kept {
  readonly bytes: number;
  readonly isOwn: boolean;
}

/** The agent's own messages always have room, as they are bounded themselves; all others share the rest. */
export class RetainedBudget {
  readonly #options: RetainedBudgetOptions;
  readonly #kept = new Map<string, Kept>();
  /** Of others than the agent. */
  #bytes = 0;
  #topics = 0;
  #allBytes = 0;

  constructor(options: RetainedBudgetOptions) {
    this.#options = options;
  }

  /** Of everything that is kept. */
  get total(): { readonly topics: number; readonly bytes: number } {
    return { topics: this.#kept.size, bytes: this.#allBytes };
  }

  /** @returns whether the message may be kept; nothing is counted where it may not. An empty one always may. */
  admit(topic: string, payloadBytes: number, isOwn: boolean): boolean {
    const before = this.#kept.get(topic);
    const counted =
      before === undefined || before.isOwn ? { bytes: 0, topics: 0 } : { bytes: before.bytes, topics: 1 };
    const topicBytes = Buffer.byteLength(topic);
    const bytes = topicBytes + payloadBytes + TOPIC_BYTES;
    const isEmpty = payloadBytes === 0;
    const isNew = !(isEmpty || isOwn);
    const total = this.#bytes - counted.bytes + (isNew ? bytes : 0);
    const topics = this.#topics - counted.topics + (isNew ? 1 : 0);
    const { maximumBytes, maximumTopics } = this.#options;
    if (isNew && (total > maximumBytes || topics > maximumTopics || topicBytes > LONGEST_TOPIC_BYTES))
      return false;
    this.#bytes = total;
    this.#topics = topics;
    this.#allBytes += (isEmpty ? 0 : bytes) - (before?.bytes ?? 0);
    if (isEmpty) this.#kept.delete(topic);
    else this.#kept.set(topic, { bytes, isOwn });
    return true;
  }
}
