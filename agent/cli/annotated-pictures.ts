// --out and what was found -> annotated pictures: one file, or a folder with one for each frame that has boxes.

import { existsSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { expected, misused, type UsageError } from '#common/errors.js';
import { makeFolder } from '#common/make-folder.js';
import { redactText } from '#common/redact.js';
import { fileKind } from '../../pipelines/file-kind.js';
import { findSource } from '../../pipelines/find-source.js';
import type { Frame } from '../../pipelines/frame.js';
import { annotate } from '../../pipelines/images.js';
import type { LargestPicture } from '../../pipelines/picture-size.js';
import { pipedInput } from '../../pipelines/piped-input.js';
import { parseSource } from '../../pipelines/sources.js';
import { overlaySvg } from '../analytics/detection-overlay.js';
import { FullResolutionReader } from '../cameras/full-resolution-reader.js';
import type { FrameResult } from '../inference/frame-path.js';

export class AnnotatedPictures {
  readonly #out: string;
  readonly #isFile: boolean;
  readonly #largest: LargestPicture | undefined;
  readonly #names = new Set<string>();
  /** What the frames of the present input are named by. */
  #stem: string | undefined;
  #reader: FullResolutionReader | undefined;
  #started = false;

  /** @throws UsageError where one file cannot hold what the inputs give */
  constructor(out: string, inputs: readonly string[], largest?: LargestPicture) {
    this.#out = out;
    this.#largest = largest;
    this.#isFile = ['.jpg', '.jpeg', '.png'].includes(extname(out).toLowerCase());
    if (!this.#isFile) return;
    if (inputs.length > 1) throw misused('a folder', `--out of ${inputs.length} inputs`, out);
    if (!mayBePicture(inputs[0]!)) throw this.#notOneFile(inputs[0]!);
  }

  #notOneFile(input: string): UsageError {
    return misused('a folder', `--out of the frames of ${redactText(input)}`, this.#out);
  }

  async add(input: string, { frame, sourceDetections }: FrameResult): Promise<void> {
    const svg = overlaySvg(sourceDetections, frame.sourceSize);
    const image = await pictureOf(input);
    const largest = { largest: this.#largest };
    if (this.#isFile) {
      if (image === undefined) throw this.#notOneFile(input);
      return annotate(image, svg, this.#out, largest);
    }
    if (!this.#started)
      await makeFolder(this.#out).catch((error: NodeJS.ErrnoException) => {
        throw expected('a folder that can be written', '--out', `${this.#out} (${error.code})`, error);
      });
    this.#started = true;
    const given = nameOf(input);
    if (image !== undefined) {
      const stem = basename(given, extname(given));
      return annotate(image, svg, this.#fileOf(stem), largest);
    }
    if (sourceDetections.length === 0) return;
    const picture = await this.#atFullSize(input, frame);
    this.#stem ??= this.#unique(given.replace(/[^\w.-]+/g, '_').slice(0, 80));
    await annotate(picture, svg, this.#fileOf(`${this.#stem}-${String(frame.sequence).padStart(6, '0')}`));
  }

  /** A camera cannot be read twice: its frames are drawn as the detector saw them. */
  async #atFullSize(input: string, frame: Frame): Promise<Frame> {
    if (!isRecording(input)) return frame;
    this.#reader ??= new FullResolutionReader(input, this.#largest);
    return this.#reader.of(frame);
  }

  /** To be called after the last frame of an input: its second reader is closed, and its name is no other's. */
  async endInput(): Promise<void> {
    this.#stem = undefined;
    await this.#reader?.close();
    this.#reader = undefined;
  }

  #fileOf(stem: string): string {
    return join(this.#out, `${this.#unique(stem)}.jpg`);
  }

  /** Inputs of one name from several folders or cameras do not overwrite each other. */
  #unique(name: string): string {
    let unique = name;
    for (let count = 2; this.#names.has(unique); count++) unique = `${name}-${count}`;
    this.#names.add(unique);
    return unique;
  }
}

function isRecording(input: string): boolean {
  return findSource(input).scheme === 'file';
}

function mayBePicture(input: string): boolean {
  const source = findSource(input);
  return source.scheme === 'pipe' || (source.scheme === 'file' && fileKind(source.path) === 'picture');
}

/** @returns path or contents; nothing for what is no picture */
async function pictureOf(input: string): Promise<string | Buffer | undefined> {
  const source = findSource(input);
  if (source.scheme === 'file') return fileKind(source.path) === 'picture' ? source.path : undefined;
  if (source.scheme !== 'pipe') return undefined;
  const piped = await pipedInput(source.descriptor).read(new AbortController().signal);
  return piped.kind === 'picture' ? piped.contents : undefined;
}

/** For files that are written. */
function nameOf(input: string): string {
  const source = parseSource(input, existsSync);
  if (source.scheme === 'pipe') return 'stdin';
  // What is hidden may hold a slash, so that it is hidden before the last part is taken.
  return basename(source.scheme === 'file' ? source.path : redactText(input));
}
