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
    this.frames = this.#pipeline.findChild('frames') as AppSink;
    this.geometry = this.#pipeline.findChild('geometry') as AppSink;
    this.counter = this.#pipeline.findChild('captured') as Identity;
    this.size = this.#pipeline.findChild('size') as CapsFilter;
    this.marks = this.#pipeline.findChild('marks') as CapsFilter;
  }

  /** An element by its name, which the launch string has. */
  element<Kind>(name: string): Kind {
    return this.#pipeline.findChild(name) as Kind;
  }

  /** Small pictures of all frames, and what lets frames through; only where the plan has `motion`. */
  motionElements(): { readonly sink: AppSink; readonly gate: Identity } {
    return {
      sink: this.#pipeline.findChild('motion') as AppSink,
      gate: this.#pipeline.findChild('gate') as Identity,
    };
  }

  /** Unscaled pictures, and what lets frames through to them; only where the plan has `windows`. */
  windowElements(): { readonly sink: AppSink; readonly gate: Identity } {
    return {
      sink: this.#pipeline.findChild('windows') as AppSink,
      gate: this.#pipeline.findChild('look') as Identity,
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
