// FrameSource -> frames in an array, copied, for tests.

import type { Frame, FrameSource } from '../../pipelines/frame.js';
import { childrenOf } from './processes.js';

/** @param most frames after which the reader breaks off */
export async function readFrames(
  source: FrameSource,
  most = Number.POSITIVE_INFINITY,
  each?: (frame: Frame) => unknown,
): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of source.frames(new AbortController().signal)) {
    frames.push(frame);
    await each?.(frame);
    if (frames.length >= most) break;
  }
  return frames;
}

/** Ids of the child processes of the test, zombies included. */
export async function children(): Promise<Set<number>> {
  const pids = await childrenOf(process.pid);
  // `ps` itself was one of them.
  const alive = pids.filter((pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  });
  return new Set(alive);
}

/** Processes that were not there before. */
export async function newChildren(before: ReadonlySet<number>): Promise<number[]> {
  return [...(await children())].filter((pid) => !before.has(pid));
}
