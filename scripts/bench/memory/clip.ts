// A clip -> the same at 1280 x 720 for twenty minutes, so that no capture starts anew while it is measured.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expected } from '#common/errors.js';

const H264 = ['-an', '-r', '15', '-c:v', 'libx264', '-preset', 'veryfast', '-g', '30', '-pix_fmt', 'yuv420p'];
const REPEATS = 60;

/** @throws CspcamError without ffmpeg and libx264 */
export async function makeLongClip(clip: string, folder: string): Promise<string> {
  const [once, long] = [join(folder, 'once.mp4'), join(folder, 'long.mp4')];
  await ffmpeg('-i', clip, '-vf', 'scale=1280:720,setsar=1', ...H264, once);
  await ffmpeg('-stream_loop', String(REPEATS - 1), '-i', once, '-c', 'copy', long);
  return long;
}

async function ffmpeg(...args: string[]): Promise<void> {
  await promisify(execFile)('ffmpeg', ['-v', 'error', ...args]).catch((error: Error) => {
    throw expected('ffmpeg with libx264', 'PATH', error.message.trim().split('\n').at(-1), error);
  });
}
