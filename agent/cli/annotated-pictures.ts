// --out and what was found -> annotated pictures: one file, or a folder with one for each frame that has boxes.

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { misused } from '#common/errors.js';
import { redactText } from '#common/redact.js';
import { fileKind } from '../../pipelines/file-kind.js';
import type { Frame } from '../../pipelines/frame.js';
import { annotate } from '../../pipelines/images.js';
import { parseSource } from '../../pipelines/sources.js';
import { overlaySvg } from '../analytics/detection-overlay.js';
import { FullResolutionReader } from '../cameras/full-resolution-reader.js';
import type { FrameResult } from '../inference/frame-path.js';

export class AnnotatedPictures {
  readonly #out: string;
  readonly #isFile: boolean;
  readonly #names = new Map<string, number>();
  #reader: FullResolutionReader | undefined;
  #started = false;

  /** @throws UsageError where one file cannot hold what the inputs give */
  constructor(out: string, inputs: readonly string[]) {
    this.#out = out;
    this.#isFile = ['.jpg', '.jpeg', '.png'].includes(extname(out).toLowerCase());
    if (!this.#isFile) return;
    if (inputs.length > 1) throw misused('a folder', `--out of ${inputs.length} inputs`, out);
    if (imageFile(inputs[0]!) === undefined)
      throw misused('a folder', `--out of the frames of ${redactText(inputs[0]!)}`, out);
  }

  async add(input: string, { frame, sourceDetections }: FrameResult): Promise<void> {
    const svg = overlaySvg(sourceDetections, frame.sourceSize);
    const image = imageFile(input);
    if (this.#isFile) return annotate(image!, svg, this.#out);
    if (!this.#started) await mkdir(this.#out, { recursive: true });
    this.#started = true;
    if (image !== undefined)
      return annotate(image, svg, join(this.#out, this.#unique(basename(image, extname(image)), '.jpg')));
    if (sourceDetections.length === 0) return;
    const picture = await this.#atFullSize(input, frame);
    const name = basename(input)
      .replace(/[^\w.-]+/g, '_')
      .slice(0, 80);
    await annotate(picture, svg, join(this.#out, `${name}-${String(frame.sequence).padStart(6, '0')}.jpg`));
  }

  /** A camera cannot be read twice: its frames are drawn as the detector saw them. */
  async #atFullSize(input: string, frame: Frame): Promise<Frame> {
    if (!isRecording(input)) return frame;
    this.#reader ??= new FullResolutionReader(input);
    return this.#reader.of(frame);
  }

  /** To be called after the last frame of an input: its second reader is closed. */
  async endInput(): Promise<void> {
    await this.#reader?.close();
    this.#reader = undefined;
  }

  /** Pictures of one name from several folders do not overwrite each other. */
  #unique(stem: string, extension: string): string {
    const before = this.#names.get(stem) ?? 0;
    this.#names.set(stem, before + 1);
    return before === 0 ? `${stem}${extension}` : `${stem}-${before + 1}${extension}`;
  }
}

function isRecording(input: string): boolean {
  return parseSource(input, existsSync).scheme === 'file';
}

function imageFile(input: string): string | undefined {
  const source = parseSource(input, existsSync);
  return source.scheme === 'file' && fileKind(source.path) === 'picture' ? source.path : undefined;
}
