// Several detectors of one network -> one detector that works on as many frames at the same time.

import type { ModelDescription } from '../folder/description.js';
import type { Detector, DetectorResult } from './detector.js';
import type { NetworkChoice } from './network.js';

/** Each frame goes to the detector with the fewest in hand. One that breaks stays in: the pool is broken then. */
export class DetectorPool implements Detector {
  readonly model: ModelDescription;
  readonly provider: string;
  readonly network: NetworkChoice;
  readonly #members: { readonly detector: Detector; inHand: number }[];

  /** @param detectors at least one */
  constructor(detectors: readonly Detector[]) {
    this.model = detectors[0]!.model;
    this.provider = detectors[0]!.provider;
    this.network = detectors[0]!.network;
    this.#members = detectors.map((detector) => ({ detector, inHand: 0 }));
  }

  get sessions(): number {
    return this.#members.length;
  }

  async detect(pixels: ArrayBuffer): Promise<DetectorResult> {
    const idlest = this.#members.reduce((least, one) => (one.inHand < least.inHand ? one : least));
    idlest.inHand++;
    try {
      return await idlest.detector.detect(pixels);
    } finally {
      idlest.inHand--;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ detector }) => detector.close()));
  }
}
