// Source URI -> a FrameSource that is read once, from its start to its end, as `detect` does.

import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { basename } from 'node:path';
import { Condition } from '#common/condition.js';
import { expected } from '#common/errors.js';
import { redactText } from '#common/redact.js';
import { type CaptureEnd, CaptureProcess } from './capture/process.js';
import type { FrameRecord } from './capture/records.js';
import { installedElements } from './elements.js';
import { failureError } from './failure.js';
import { fileKind } from './file-kind.js';
import type { Delivery, Frame, FrameSource, InputSize, Size } from './frame.js';
import { FramePool } from './frame-pool.js';
import { readImage } from './images.js';
import { type CapturePlan, type Pace, planCapture } from './launch.js';
import { parseSource } from './sources.js';

export interface OpenOptions {
  readonly inputSize: InputSize;
  /** Default `all`. */
  readonly delivery?: Delivery;
  /** Default `unpaced` with delivery `all`, else `realtime`. */
  readonly pace?: Pace;
  /** Gets buffers back from the consumer; without it each frame allocates. */
  readonly pool?: FramePool;
  /** The longest wait for a frame. Default 20 s. */
  readonly stallTimeoutMs?: number;
  /** Told that a camera sends, but nothing that a picture can begin with. */
  readonly onWaiting?: () => void;
}

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
  const source = parseSource(uri, existsSync);
  const delivery = options.delivery ?? 'all';
  const pace = options.pace ?? (delivery === 'all' ? 'unpaced' : 'realtime');
  const { inputSize } = options;
  if (source.scheme === 'file' && fileKind(source.path) === 'picture') {
    return { id: uri, frames: () => oneImage(source.path, inputSize, options.pool) };
  }
  const plan = async (signal: AbortSignal) => {
    if (source.scheme === 'file') await expectReadable(source.path);
    const elements = await installedElements(signal);
    return planCapture(source, { inputSize, delivery, pace }, (name) => elements.has(name));
  };
  const id = source.scheme === 'file' ? basename(source.path) : redactText(uri);
  return { id, frames: (signal) => capture(id, uri, plan, options, signal) };
}

async function* oneImage(
  path: string,
  inputSize: InputSize,
  pool?: FramePool,
): AsyncGenerator<Frame, void, undefined> {
  yield await readImage(path, inputSize, pool);
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
  plan: (signal: AbortSignal) => Promise<CapturePlan>,
  options: OpenOptions,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const pool = options.pool ?? new FramePool(0);
  const captured = await plan(signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  if (captured === undefined) return;
  const queue: Frame[] = [];
  let ended: CaptureEnd | undefined;
  const changed = new Condition();
  let isWaiting = false;
  const process = new CaptureProcess(captured, pool, {
    frame: (record, pixels) => {
      if (captured.delivery === 'newest') for (const { pixels: old } of queue.splice(0)) pool.release(old);
      queue.push(frameOf(id, record, captured.inputSize, pixels));
      if (captured.delivery === 'all' && queue.length >= READ_AHEAD) process.pause();
      changed.notify();
    },
    waiting: () => {
      isWaiting = true;
      timeoutMs = Math.max(timeoutMs, KEY_FRAME_TIMEOUT_MS);
      options.onWaiting?.();
      changed.notify();
    },
    end: (end) => {
      ended = end;
      changed.notify();
    },
  });
  let timeoutMs = options.stallTimeoutMs ?? 20_000;
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
        const what = isWaiting ? 'no key frame' : 'none';
        throw failureError(uri, { failure: 'stalled', message: `${what} for ${timeoutMs / 1000} s` });
      }
    }
  } finally {
    await process.close();
    for (const { pixels } of queue) pool.release(pixels);
  }
}

function frameOf(source: string, record: FrameRecord, { width, height }: Size, pixels: ArrayBuffer): Frame {
  const { kind, ...rest } = record;
  return { ...rest, source, inputSize: { width, height }, pixels };
}
