// Messages on the bus of a pipeline, and the ends of its appsinks -> how the pipeline ended.

import { busFailure, type FailureReport, isConsequence } from '../../failure.js';
import type { BusMessage, CapturePipeline } from './pipeline.js';

/** So long after the end of a sink nothing more is to be expected on the bus. */
const LONGEST_WAIT_MS = 1000;
const LOOK_EVERY_MS = 50;
/** So long after it, what the binding polls by itself has come. */
const DRAIN_AFTER_MS = 200;
/** What another error brought about may overtake it where two threads poll, on a busy machine by far. */
const CAUSE_WITHIN_MS = 700;

export interface EndListener {
  /** @param produced frames, dropped ones included */
  onEndOfStream(produced: number): void;
  /** May come several times. */
  onFailure(report: FailureReport): void;
}

export class PipelineEnd {
  readonly #pipeline: CapturePipeline;
  readonly #listener: EndListener;
  #isEndOfStream = false;
  #hasFailed = false;
  /** Of something else, which may still be told. */
  #consequence: FailureReport | undefined;

  constructor(pipeline: CapturePipeline, listener: EndListener) {
    this.#pipeline = pipeline;
    this.#listener = listener;
  }

  start(): void {
    this.#pipeline.pollBus((message) => this.#onMessage(message));
  }

  /** An appsink ends also where the pipeline failed to start; the bus says which, a moment later. */
  onSinkEnd(produced: number, waitedMs = 0): void {
    if (waitedMs === DRAIN_AFTER_MS) this.#drainBus();
    if (this.#isEndOfStream) this.#listener.onEndOfStream(produced);
    else if (waitedMs < LONGEST_WAIT_MS)
      setTimeout(() => this.onSinkEnd(produced, waitedMs + LOOK_EVERY_MS), LOOK_EVERY_MS);
    else
      this.#fail(
        this.#consequence ?? { failure: 'decode', message: 'the pipeline stopped without a reason' },
      );
  }

  /** The binding polls no further where a pipeline could not even start, with the reason still on the bus. */
  #drainBus(): void {
    let isPolled = false;
    this.#pipeline.pollBus((message) => {
      this.#onMessage(message);
      if (!isPolled && !this.#hasFailed && !this.#isEndOfStream) this.#drainBus();
      isPolled = true;
    });
  }

  #onMessage(message: BusMessage): void {
    if (message.type === 'eos') this.#isEndOfStream = true;
    if (message.type !== 'error') return;
    const report = busFailure(message);
    if (!isConsequence(message)) this.#fail(report);
    else {
      this.#consequence = report;
      setTimeout(() => {
        if (!this.#hasFailed) this.#fail(report);
      }, CAUSE_WITHIN_MS);
    }
  }

  #fail(report: FailureReport): void {
    this.#hasFailed = true;
    this.#listener.onFailure(report);
  }
}
