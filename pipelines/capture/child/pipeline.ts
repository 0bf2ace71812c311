// Launch string of a CapturePlan -> its GStreamer pipeline and elements. The only owner of gstreamer-superficial.

import { createRequire } from 'node:module';
import type { AppSink, AppSource, BusMessage, CapsFilter, Identity, Pipeline } from 'gstreamer-superficial';
import { monotonicMs } from '#common/clock.js';

export type { AppSink, AppSource, BusMessage, CapsFilter, Identity };

// A native module: it has no form that `import` takes.
const require = createRequire(import.meta.url);
const binding = require('gstreamer-superficial') as { readonly Pipeline: typeof Pipeline };

export class CapturePipeline {
  readonly #pipeline: Pipeline;
  readonly #elements = new Map<string, unknown>();
  /** Scaled pictures. */
  readonly frames: AppSink;
  /** Pictures as the source gives them, for their size. */
  readonly geometry: AppSink;
  /** Counts what the source produces. */
  readonly counter: Identity;
  /** Decides to what size pictures are scaled. */
  readonly size: CapsFilter;
  /** Marks pictures by their size; only where the plan has marks. */
  readonly marks: CapsFilter;

  /** @throws Error with GStreamer's text for a string that does not parse */
  constructor(launch: string) {
    this.#pipeline = new binding.Pipeline(launch);
    this.frames = this.element('frames');
    this.geometry = this.element('geometry');
    this.counter = this.element('captured');
    this.size = this.element('size');
    this.marks = this.element('marks');
  }

  /**
   * An element by its name, which the launch string has. Of each there is one object: gstreamer-superficial makes another one,
   * with functions for all properties, whenever it is asked, and V8 keeps such functions for ever.
   */
  element<Kind>(name: string): Kind {
    if (!this.#elements.has(name)) this.#elements.set(name, this.#pipeline.findChild(name));
    return this.#elements.get(name) as Kind;
  }

  /** Small pictures of all frames, and what lets frames through; only where the plan has `motion`. */
  motionElements(): { readonly sink: AppSink; readonly gate: Identity } {
    return {
      sink: this.element('motion'),
      gate: this.element('gate'),
    };
  }

  /** Unscaled pictures, and what lets frames through to them; only where the plan has `windows`. */
  windowElements(): { readonly sink: AppSink; readonly gate: Identity } {
    return {
      sink: this.element('windows'),
      gate: this.element('look'),
    };
  }

  /** Blocks for as long as a device takes to open. @returns CLOCK_MONOTONIC, from which time stamps count */
  play(): number {
    this.#pipeline.pause();
    const playedMs = monotonicMs();
    this.#pipeline.play();
    return playedMs;
  }

  pollBus(onMessage: (message: BusMessage) => void): void {
    this.#pipeline.pollBus(onMessage);
  }

  /** May hang where a device is dead. */
  stop(): void {
    this.#pipeline.stop();
  }
}
