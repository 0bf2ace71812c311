// What may change while the agent runs, by request: which cameras are open, and scores from which objects are reported.

import { expected } from '#common/errors.js';
import type { Detection } from '../../models/detection.js';
import type { Frame } from '../../pipelines/frame.js';
import { isMasked } from '../analytics/scene/object-masks.js';
import type { Config } from '../config/schema.js';

/** Detections down to here only carry tracks on, so the detector has to give them. */
const LOWEST_SCORE = 0.1;

/** Nearer to highScore, trembling boxes of one object began tracks of their own on the demo clip. */
const SURER = 0.2;

/** Labels whose counts begin with 0 instead of with their first object: networks of many labels have too many. */
const COMMON = ['person', 'bicycle', 'car', 'motorcycle', 'bus', 'truck', 'cat', 'dog'];
const FEW_LABELS = 10;

/** @param wanted labels of the camera, where its configuration names some */
export function countedLabels(
  wanted: readonly string[] | undefined,
  ofModel: readonly string[],
): readonly string[] {
  if (wanted !== undefined) return wanted.filter((label) => ofModel.includes(label));
  return ofModel.length <= FEW_LABELS ? ofModel : COMMON.filter((label) => ofModel.includes(label));
}

type Scored = Pick<Config, 'cameras' | 'minScore'>;

function minScoresOf({ cameras, minScore }: Scored): Map<string, number> {
  return new Map(Object.entries(cameras).map(([id, camera]) => [id, camera.minScore ?? minScore]));
}

/** What the detector must give for all cameras of a configuration. */
export function lowestScoreOf(config: Scored): number {
  return Math.min(LOWEST_SCORE, ...minScoresOf(config).values());
}

export class Settings {
  #config: Config;
  #minScores = new Map<string, number>();
  #enabled = new Map<string, boolean>();

  constructor(config: Config) {
    this.#config = config;
    this.adopt(config);
  }

  /** Takes another configuration in place of the one before and of all that was changed since. */
  adopt(config: Config): void {
    this.#config = config;
    this.#minScores = minScoresOf(config);
    this.#enabled = new Map(Object.entries(config.cameras).map(([id, { enabled }]) => [id, enabled]));
  }

  get cameras(): string[] {
    return [...this.#enabled.keys()];
  }

  /** Whether the camera is to be open. */
  isEnabled(camera: string): boolean {
    return this.#enabled.get(camera) ?? false;
  }

  setEnabled(camera: string, enabled: boolean): void {
    this.#enabled.set(camera, enabled);
  }

  minScore(camera: string): number {
    return this.#minScores.get(camera) ?? 1;
  }

  /** @throws CspcamError where the detector does not give such scores */
  setMinScore(camera: string, minScore: number): void {
    if (minScore < LOWEST_SCORE) throw expected(`${LOWEST_SCORE} to 1`, 'minScore', minScore);
    this.#minScores.set(camera, minScore);
  }

  /** What is reported is matched first; what begins a track is a little surer than that. */
  trackerScores(camera: string): { highScore: number; startScore: number } {
    const highScore = this.minScore(camera);
    // Of high ones half way to 1: what nothing can be begins no track.
    const surer = highScore + Math.min(SURER, (1 - highScore) / 2);
    return { highScore, startScore: this.#config.tracking.startScore ?? surer };
  }

  /** Whether an object is of a label that the camera is there for, and at no place where objects are passed over. */
  wants(
    { source, sourceSize }: Pick<Frame, 'source' | 'sourceSize'>,
    detection: Pick<Detection, 'label' | 'box'>,
  ): boolean {
    const { labels, masks } = this.#config.cameras[source] ?? {};
    return (
      (labels?.includes(detection.label) ?? true) && !isMasked(masks?.objects ?? [], detection, sourceSize)
    );
  }

  /** The same with what is reported of it: what people are shown too. */
  reported<
    Result extends { readonly frame: Pick<Frame, 'source'>; readonly sourceDetections: readonly Detection[] },
  >(result: Result): Result {
    const { source } = result.frame;
    return {
      ...result,
      sourceDetections: result.sourceDetections.filter((one) => this.reports(source, one)),
    };
  }

  /** Whether it is reported by itself, not only as a part of its track. */
  reports(camera: string, { score }: Pick<Detection, 'score'>): boolean {
    return score >= this.minScore(camera);
  }
}
