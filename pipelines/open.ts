// Source URI -> a FrameSource that is read once, from its start to its end, as `detect` does.

import { access, constants } from 'node:fs/promises';
import { basename } from 'node:path';
import { Condition } from '#common/condition.js';
import { type CspcamError, expected } from '#common/errors.js';
import { redactText } from '#common/redact.js';
import { type CaptureEnd, type CaptureHandlers, CaptureProcess } from './capture/process.js';
import type { FrameRecord } from './capture/record-kinds.js';
import { installedElements } from './elements.js';
import { CaptureError, failureError } from './failure.js';
import { fileKind } from './file-kind.js';
import { findSource } from './find-source.js';
import type { Delivery, Frame, FrameSource, InputSize, Size } from './frame.js';
import { FramePool } from './frame-pool.js';
import { readImage } from './images.js';
import { type CapturePlan, planCapture } from './launch.js';
import type { Pace } from './launch-options.js';
import type { Masks } from './masks.js';
import type { LargestPicture } from './picture-size.js';
import { type PipedStream, pipedInput, withInput } from './piped-input.js';
import type { Source } from './sources.js';
import { type CameraTrust, trusting } from './trust.js';

export interface OpenOptions extends CameraTrust {
  readonly inputSize: InputSize;
  /** Default `all`. */
  readonly delivery?: Delivery;
  /** Default `unpaced` with delivery `all`, else `realtime`. */
  readonly pace?: Pace;
  /** Gets buffers back from the consumer; without it each frame allocates. */
  readonly pool?: FramePool;
  /** The longest wait for a frame. Default 20 s. */
  readonly stallTimeoutMs?: number;
  /** The same where packets come, but none that a picture can begin with. Default 45 s. */
  readonly keyFrameTimeoutMs?: number;
  /** Of the capture process, in use; one with more is killed. Default 1 GB. */
  readonly memoryBytes?: number | undefined;
  /** Larger pictures are refused before they are decoded. Default 8K. */
  readonly largest?: LargestPicture | undefined;
  readonly masks?: Masks | undefined;
  /** Told that a camera sends, but nothing that a picture can begin with. */
  readonly onWaiting?: () => void;
}

const STALL_TIMEOUT_MS = 20_000;
/** What may pass before a camera sends a whole picture. */
const KEY_FRAME_TIMEOUT_MS = 45_000;
/** Frames read ahead of the consumer with delivery `all`. */
const READ_AHEAD = 2;

/**
 * Videos, cameras and single images. `frames` throws CspcamError for what cannot be read.
 *
 * @throws CspcamError for a URI that cannot be parsed
 */
export function openSource(uri: string, options: OpenOptions): FrameSource {
  const source = findSource(uri);
  const delivery = options.delivery ?? 'all';
  const pace = options.pace ?? (delivery === 'all' ? 'unpaced' : 'realtime');
  const { inputSize, largest, masks } = options;
  const kind = source.scheme === 'file' ? fileKind(source.path) : undefined;
  if (source.scheme === 'file' && kind === 'picture') {
    return { id: uri, frames: () => oneImage(source.path, options) };
  }
  const open = async (signal: AbortSignal): Promise<Opened> => {
    if (source.scheme === 'file') await expectReadable(source.path);
    const elements = await installedElements(signal);
    const trusted = await trusting(source, options);
    const { source: found, input, isRow = kind === 'row' } = await withInput(trusted, signal);
    const wanted = { inputSize, delivery, pace, largest, masks, isRow };
    const plan = planCapture(found, wanted, (name) => elements.has(name));
    return { plan, input };
  };
  const id = source.scheme === 'file' ? basename(source.path) : redactText(uri);
  if (source.scheme === 'pipe') return { id, frames: (signal) => piped(source, uri, open, options, signal) };
  return { id, frames: (signal) => capture(id, uri, open, options, signal) };
}

interface Opened {
  readonly plan: CapturePlan;
  readonly input?: PipedStream | undefined;
}

type Open = (signal: AbortSignal) => Promise<Opened>;

async function* oneImage(
  image: string | Buffer,
  { inputSize, ...options }: OpenOptions,
  name?: string,
): AsyncGenerator<Frame, void, undefined> {
  yield await readImage(image, inputSize, { ...options, ...(name && { name }) });
}

/** A picture or a video, which only its bytes tell. */
async function* piped(
  { descriptor }: Source & { scheme: 'pipe' },
  uri: string,
  open: Open,
  options: OpenOptions,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const input = pipedInput(descriptor);
  const { stallTimeoutMs = STALL_TIMEOUT_MS } = options;
  const limit = AbortSignal.timeout(stallTimeoutMs);
  const found = await input.read(AbortSignal.any([signal, limit])).catch((error: unknown) => {
    if (signal.aborted) return undefined;
    if (limit.aborted) throw stalled(uri, 'nothing', stallTimeoutMs);
    throw error;
  });
  if (found?.kind === 'picture') yield* oneImage(found.contents, options, input.name);
  else if (found !== undefined) yield* capture(input.name, uri, open, options, signal);
}

async function expectReadable(path: string): Promise<void> {
  await access(path, constants.R_OK).catch((cause: NodeJS.ErrnoException) => {
    const what = cause.code === 'ENOENT' ? 'an existing file' : 'a readable file';
    throw expected(what, 'source', path, cause);
  });
}

async function* capture(
  id: string,
  uri: string,
  open: Open,
  options: OpenOptions,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const pool = options.pool ?? new FramePool(0);
  const opened = await open(signal).catch((error: unknown) => {
    if (error instanceof CaptureError) throw failureError(uri, error.report);
    if (!signal.aborted) throw error;
  });
  if (opened === undefined) return;
  const { plan, input } = opened;
  const queue: Frame[] = [];
  let ended: CaptureEnd | undefined;
  const changed = new Condition();
  let isWaiting = false;
  const handlers: CaptureHandlers = {
    frame: (record, pixels) => {
      if (plan.delivery === 'newest') for (const { pixels: old } of queue.splice(0)) pool.release(old);
      queue.push(frameOf(id, record, plan.inputSize, pixels));
      if (plan.delivery === 'all' && queue.length >= READ_AHEAD) process.pause();
      changed.notify();
    },
    waiting: () => {
      isWaiting = true;
      timeoutMs = Math.max(timeoutMs, options.keyFrameTimeoutMs ?? KEY_FRAME_TIMEOUT_MS);
      options.onWaiting?.();
      changed.notify();
    },
    end: (end) => {
      ended = end;
      changed.notify();
    },
  };
  const process = new CaptureProcess(plan, pool, handlers, { input, memoryBytes: options.memoryBytes });
  let timeoutMs = options.stallTimeoutMs ?? STALL_TIMEOUT_MS;
  try {
    if (!signal.aborted) await process.start();
    while (!signal.aborted) {
      const frame = queue.shift();
      if (frame !== undefined) {
        if (queue.length < READ_AHEAD) process.resume();
        yield frame;
      } else if (ended !== undefined) {
        if (ended.reason === 'failure') throw failureError(uri, ended);
        return;
      } else if (!(await changed.wait({ signal, timeoutMs }))) {
        throw stalled(uri, isWaiting ? 'no key frame' : 'none', timeoutMs);
      }
    }
  } finally {
    await process.close();
    for (const { pixels } of queue) pool.release(pixels);
  }
}

function stalled(uri: string, what: string, timeoutMs: number): CspcamError {
  return failureError(uri, { failure: 'stalled', message: `${what} for ${timeoutMs / 1000} s` });
}

function frameOf(source: string, record: FrameRecord, { width, height }: Size, pixels: ArrayBuffer): Frame {
  const { kind, ...rest } = record;
  return { ...rest, source, inputSize: { width, height }, pixels };
}
