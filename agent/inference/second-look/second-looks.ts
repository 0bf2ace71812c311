// Frames of the cameras and what was found in them -> windows asked of their captures, and looked at where there is time.

import { isDeepStrictEqual } from 'node:util';
import type { Detector } from '../../../models/runtime/detector.js';
import type { Frame, InputSize, Rect, WindowFrame } from '../../../pipelines/frame.js';
import { placeWindow } from '../../../pipelines/window.js';
import type { SecondLookMode } from '../../config/second-look.js';
import type { FrameResult } from '../frame-path.js';
import type { LookAgain } from '../infer-in-order.js';
import { interestsIn, type Seen } from './interests.js';
import { inWindow } from './look-at-windows.js';
import { MOST_LOOKS, SpareTime } from './spare-time.js';
import { WindowChoice } from './window-choice.js';
import type { WindowBoxes } from './window-objects.js';

export interface SecondLooksOptions {
  readonly detector: Pick<Detector, 'detect' | 'sessions' | 'model'>;
  /** Of a camera, read with each frame. */
  readonly modeOf: (camera: string) => SecondLookMode;
  /** Asks a camera for windows of one of its next frames. */
  readonly ask: (camera: string, windows: readonly Rect[]) => void;
  /** Whether a frame waits for the detector, and how many were given up for newer ones: whole frames go first. */
  readonly queue: () => { readonly isWaiting: boolean; readonly replaced: number };
  /** Gets each buffer back. */
  readonly release: (pixels: ArrayBuffer) => void;
  /** CLOCK_MONOTONIC, milliseconds. */
  readonly nowMs: () => number;
}

interface Asked {
  readonly windows: readonly Rect[];
  /** The frame that had come to its end by then: its windows are not among them, and may be late. */
  readonly after: number;
  readonly atMs: number;
}

interface Lane {
  readonly mode: SecondLookMode;
  readonly choice: WindowChoice;
  /** What has been asked for and has not been used. */
  asked: Asked | undefined;
  /** What has been sent and has not been looked at, as it came. */
  readonly came: WindowFrame[];
}

interface Look extends WindowBoxes {
  readonly inferenceMs: number;
}

/** A window that has not come by then, as its capture was opened anew, comes no more. */
const PATIENCE_MS = 1000;
/** After a frame was given up for a newer one. */
const REST_MS = 2000;
/** Pixels of another shape than square would look distorted to the network. */
const SQUARE_WITHIN = 0.02;

export class SecondLooks {
  readonly #options: SecondLooksOptions;
  readonly #spare: SpareTime;
  readonly #lanes = new Map<string, Lane>();
  #replaced = 0;
  #replacedMs = Number.NEGATIVE_INFINITY;

  constructor(options: SecondLooksOptions) {
    this.#options = options;
    const { nowMs, detector } = options;
    this.#spare = new SpareTime({ nowMs, sessions: () => detector.sessions });
  }

  /** A window has come, of a frame that came before it. */
  onWindow(window: WindowFrame): void {
    const lane = this.#lanes.get(window.source);
    if (lane === undefined) this.#options.release(window.pixels);
    else {
      lane.came.push(window);
      // Whatever a capture process sends: what nobody looks at goes.
      if (lane.came.length > 2 * MOST_LOOKS) this.#options.release(lane.came.shift()!.pixels);
    }
  }

  /**
   * Looks at the windows of a frame whose whole picture has been looked at, one after the other, as far as they are there and
   * there is time. A failure costs what it would have shown, and nothing of what the whole picture has.
   */
  readonly lookAgain: LookAgain = async ({ source, sequence }, { inferenceMs }) => {
    this.#spare.workedOnFrame(inferenceMs);
    const lane = this.#lanes.get(source);
    if (lane === undefined) return undefined;
    const { queue, release } = this.#options;
    const { asked } = lane;
    const windows: WindowBoxes[] = [];
    let totalMs = 0;
    for (let came = taken(lane, sequence); came !== undefined; came = taken(lane, sequence)) {
      const { pixels } = came;
      // What a capture process sends unasked, or elsewhere, is not looked at.
      const isAsked = asked !== undefined && isOf(asked, came);
      if (isAsked && lane.asked === asked) lane.asked = undefined;
      const isLookedAt = isAsked && came.sequence === sequence && !queue().isWaiting && this.#hasTime;
      const look = isLookedAt ? await this.#look(lane, came) : undefined;
      if (!isLookedAt) release(pixels);
      if (look === undefined) continue;
      windows.push(look);
      totalMs += look.inferenceMs;
    }
    return windows.length > 0 ? { windows, inferenceMs: totalMs } : undefined;
  };

  async #look({ choice }: Lane, { window, pixels }: WindowFrame): Promise<Look | undefined> {
    const { detector, nowMs, release } = this.#options;
    try {
      const result = await detector.detect(pixels);
      release(result.pixels);
      this.#spare.workedOnLook(result.inferenceMs);
      choice.looked(window, nowMs());
      const place = placeWindow(window, detector.model.input);
      const sourceDetections = inWindow(result.inputBoxes, window, place);
      return { window, sourceDetections, inferenceMs: result.inferenceMs };
    } catch {
      return undefined;
    }
  }

  /** What was found in a frame, and is followed: where to look next. */
  update(
    { frame, sourceDetections }: Pick<FrameResult, 'frame' | 'sourceDetections'>,
    tracks: Seen['tracks'],
  ) {
    const { ask, detector, nowMs } = this.#options;
    const lane = this.#laneOf(frame.source);
    const { input } = detector.model;
    if (lane === undefined || !mayHaveSquarePixels(frame, input)) return;
    const atMs = nowMs();
    if (lane.asked !== undefined && atMs - lane.asked.atMs < PATIENCE_MS) return;
    if (!this.#hasTime) return;
    const interests = interestsIn(frame, { sourceDetections, tracks });
    const wanted = { picture: frame.sourceSize, input, atMs, most: this.#spare.looks };
    const windows = lane.choice.next(interests, wanted);
    if (windows.length === 0) return;
    lane.asked = { windows, after: frame.sequence, atMs };
    ask(frame.source, windows);
  }

  /** The camera has gone, or begins anew. */
  forget(camera: string): void {
    const lane = this.#lanes.get(camera);
    if (lane !== undefined) this.#drop(lane);
    this.#lanes.delete(camera);
  }

  /** Not for a while after a frame was given up: the detector is slower than its frames come, for whatever reason. */
  get #hasTime(): boolean {
    const { nowMs, queue } = this.#options;
    const { replaced } = queue();
    if (replaced !== this.#replaced) this.#replacedMs = nowMs();
    this.#replaced = replaced;
    return this.#spare.isEnough && nowMs() - this.#replacedMs >= REST_MS;
  }

  #laneOf(camera: string): Lane | undefined {
    const mode = this.#options.modeOf(camera);
    const known = this.#lanes.get(camera);
    if (known?.mode === mode) return known;
    this.forget(camera);
    if (mode === false) return undefined;
    const choice = new WindowChoice({ searches: mode === true });
    const lane: Lane = { mode, choice, asked: undefined, came: [] };
    this.#lanes.set(camera, lane);
    return lane;
  }

  #drop(lane: Lane): void {
    for (const { pixels } of lane.came.splice(0)) this.#options.release(pixels);
  }
}

function isOf({ windows, after }: Asked, { window, sequence }: WindowFrame): boolean {
  return sequence > after && windows.some((one) => isDeepStrictEqual(one, window));
}

/** The next window of a frame, or of one before, which has not been looked at. */
function taken({ came }: Lane, sequence: number): WindowFrame | undefined {
  const at = came.findIndex((window) => window.sequence <= sequence);
  return at === -1 ? undefined : came.splice(at, 1)[0];
}

/** A picture that is stretched into the input does not tell; its capture process then knows. */
function mayHaveSquarePixels(
  { sourceSize, content }: Pick<Frame, 'sourceSize' | 'content'>,
  { resize }: InputSize,
): boolean {
  if (resize?.kind === 'stretch') return true;
  const shape = (sourceSize.width * content.height) / (sourceSize.height * content.width);
  return Math.abs(shape - 1) < SQUARE_WITHIN;
}
