// A clip -> its frames as ffprobe finds them, and how many of them it decodes.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface FramesOf {
  /** In the order of decoding. */
  readonly frames: readonly { readonly isKey: boolean; readonly ms: number }[];
  readonly decoded: number;
  readonly codec: string;
  /** What it had to complain of. */
  readonly complaints: string;
}

export async function framesOf(file: string): Promise<FramesOf> {
  const entries = 'packet=pts_time,flags:stream=codec_name,nb_read_frames';
  const { stdout, stderr } = await promisify(execFile)(
    'ffprobe',
    ['-v', 'error', '-count_frames', '-show_entries', entries, '-of', 'json', file],
    { maxBuffer: 1 << 26 },
  );
  const { packets, streams } = JSON.parse(stdout);
  return {
    frames: packets.map(({ pts_time: time, flags }: { pts_time: string; flags: string }) => ({
      isKey: flags.includes('K'),
      ms: 1000 * Number(time),
    })),
    decoded: Number(streams[0].nb_read_frames),
    codec: streams[0].codec_name,
    complaints: stderr,
  };
}
