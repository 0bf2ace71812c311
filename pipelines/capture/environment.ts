// CapturePlan and our own environment -> that of its capture process.

import type { CapturePlan } from '../launch.js';
import { passedOn } from './containment.js';

/** What opens other addresses because a stream says so; a launch string may still name them. */
const NEVER_BY_ITSELF = [
  'hlsdemux',
  'hlsdemux2',
  'dashdemux',
  'dashdemux2',
  'mssdemux',
  'mssdemux2',
  'sdpdemux',
  'rtspsrc',
]
  .map((name) => `${name}:0`)
  .join(',');

export function environment({ decoderRanks }: CapturePlan): NodeJS.ProcessEnv {
  const ranks = [decoderRanks, NEVER_BY_ITSELF, process.env.GST_PLUGIN_FEATURE_RANK]
    .filter(Boolean)
    .join(',');
  return {
    ...passedOn(process.env),
    // A pull from each of six sinks, one from an encoder, and a poll hold a thread each.
    UV_THREADPOOL_SIZE: '10',
    // Twenty threads take turns at one picture: heaps of their own would hold a quarter more, and save no time.
    MALLOC_ARENA_MAX: '1',
    // glibc would map and unmap the memory of each picture, which costs more than copying it.
    MALLOC_MMAP_THRESHOLD_: String(1 << 24),
    MALLOC_TRIM_THRESHOLD_: String(1 << 26),
    // Failures are told apart by GStreamer's English texts.
    LC_ALL: 'C.UTF-8',
    LANGUAGE: 'C',
    ...(ranks !== '' && { GST_PLUGIN_FEATURE_RANK: ranks }),
  };
}
