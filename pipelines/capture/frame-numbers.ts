// Numbers of one capture process after another, each from 0 -> numbers of a camera, which go on over restarts. Pure.

import type { FrameRecord } from './record-kinds.js';

type Counts = Pick<FrameRecord, 'sequence' | 'skipped'>;

export class FrameNumbers {
  #first = 0;
  #produced = 0;
  #skippedBefore = 0;
  #skippedNow = 0;

  /** The frames to come are those of another capture process. */
  startAnew(): void {
    this.#first = this.#produced;
    this.#skippedBefore += this.#skippedNow;
    this.#skippedNow = 0;
  }

  /** Of a frame that has come from the process that runs. */
  overall(sequence: number): number {
    return this.#first + sequence;
  }

  next({ sequence, skipped = 0 }: Counts): Required<Counts> {
    this.#produced = this.#first + sequence + 1;
    this.#skippedNow = skipped;
    return { sequence: this.#first + sequence, skipped: this.#skippedBefore + skipped };
  }

  /** @returns the number of a frame as its own capture process counts; nothing for one of a process before this */
  inProcess(sequence: number): number | undefined {
    return sequence < this.#first ? undefined : sequence - this.#first;
  }
}
