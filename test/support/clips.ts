// ffmpeg, which shares neither demuxers nor scalers with GStreamer -> clips, and what is in them.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Size } from '../../pipelines/frame.js';
import { hasProgram } from './tools.js';

const run = promisify(execFile);

export const ffmpegExists = hasProgram('ffmpeg', '-version');

export interface Clips {
  readonly folder: string;
  /**
   * @param source a lavfi description, like `testsrc2=s=640x360:r=25:d=2`, or a clip to copy
   * @param options of the encoder
   */
  make(name: string, source: string, ...options: string[]): Promise<string>;
  close(): Promise<void>;
}

export async function makeClips(): Promise<Clips> {
  const folder = await mkdtemp(join(tmpdir(), 'clips-'));
  return {
    folder,
    make: async (name, source, ...options) => {
      const file = join(folder, name);
      const input = source.startsWith('/') ? ['-i', source] : ['-f', 'lavfi', '-i', source];
      await run('ffmpeg', ['-v', 'error', '-y', ...input, ...options, file]);
      return file;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Frames in order, upright, each scaled to a size; interleaved RGB. */
export async function decode(clip: string, { width, height }: Size): Promise<Buffer[]> {
  const scale = `scale=${width}:${height}:flags=bilinear+accurate_rnd+full_chroma_int`;
  const { stdout } = await run(
    'ffmpeg',
    [
      '-v',
      'error',
      '-i',
      clip,
      '-vsync',
      'passthrough',
      '-vf',
      scale,
      '-pix_fmt',
      'rgb24',
      '-f',
      'rawvideo',
      '-',
    ],
    { encoding: 'buffer', maxBuffer: 1 << 30 },
  );
  const bytes = 3 * width * height;
  return Array.from({ length: stdout.length / bytes }, (_, i) => stdout.subarray(i * bytes, (i + 1) * bytes));
}
