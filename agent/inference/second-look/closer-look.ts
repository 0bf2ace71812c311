// A picture or recording, read a second time -> what the detector finds in windows that cover each of its pictures.

import { misused } from '#common/errors.js';
import { redactText } from '#common/redact.js';
import type { Detector } from '../../../models/runtime/detector.js';
import { findSource } from '../../../pipelines/find-source.js';
import type { Frame } from '../../../pipelines/frame.js';
import type { LargestPicture } from '../../../pipelines/picture-size.js';
import { FullResolutionReader } from '../../cameras/full-resolution-reader.js';
import { lookAtWindows } from './look-at-windows.js';
import type { SecondLook } from './merge.js';
import { gridOf, windowSize } from './windows.js';

export class CloserLook {
  readonly #detector: Pick<Detector, 'detect' | 'model'>;
  readonly #pictures: FullResolutionReader;

  /** @throws UsageError for what comes once, or never the same again */
  constructor(input: string, detector: Pick<Detector, 'detect' | 'model'>, largest?: LargestPicture) {
    if (findSource(input).scheme !== 'file') throw misused('a file', '--second-look', redactText(input));
    this.#detector = detector;
    this.#pictures = new FullResolutionReader(input, largest);
  }

  /** Frames must be asked for in their order, one at a time. @returns nothing where the picture is as small as the input */
  async at(frame: Omit<Frame, 'pixels'>): Promise<SecondLook | undefined> {
    const { input } = this.#detector.model;
    const size = windowSize(frame.sourceSize, input);
    if (size === undefined) return undefined;
    const picture = await this.#pictures.find(frame);
    if (picture === undefined) return undefined;
    return lookAtWindows({ detector: this.#detector, input }, picture, gridOf(frame.sourceSize, size));
  }

  close(): Promise<void> {
    return this.#pictures.close();
  }
}
