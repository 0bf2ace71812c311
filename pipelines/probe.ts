// A source -> what a camera says of itself, by one connection and one login at most, or why it gives no video.

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { CaptureError, type FailureReport } from './failure.js';
import { describe } from './relay/describe.js';
import { isPlaylist } from './relay/hls-playlist.js';
import { get, HttpRelay } from './relay/http-relay.js';
import type { Source } from './sources.js';

/**
 * Nothing is played: a session of the camera is neither set up nor left behind.
 *
 * @returns for people: `H264 over RTSP`
 * @throws CaptureError
 */
export async function probeSource(source: Source): Promise<string> {
  switch (source.scheme) {
    case 'rtsp': {
      const { camera, track } = await describe(source.camera);
      camera.close();
      return `${track.codec} over RTSP`;
    }
    case 'http':
      return probeHttp(source);
    case 'file':
      await expectUsable(source.path, constants.R_OK, 'file');
      return 'a file that can be read';
    case 'v4l2':
      await expectUsable(source.device, constants.R_OK | constants.W_OK, 'device');
      return `${source.device} can be opened`;
    case 'csi':
      return 'a camera on the board, which only a pipeline can ask';
    case 'pipe':
      return 'standard input, which can be read once';
    case 'test':
      return 'a test picture';
    case 'gst':
      return 'a launch string, which only a pipeline can try';
  }
}

async function probeHttp({ camera }: Source & { scheme: 'http' | 'rtsp' }): Promise<string> {
  if (!camera.hls) {
    const relay = await HttpRelay.open(camera);
    relay.close();
    return `${relay.content === 'multipart' ? 'MJPEG' : 'a video'} over HTTP`;
  }
  const { answer } = await get(camera);
  try {
    for await (const chunk of answer)
      if (isPlaylist((chunk as Buffer).toString('utf8', 0, 64))) return 'a playlist (HLS)';
      else break;
  } finally {
    answer.destroy();
  }
  throw problem('decode', 'no playlist (HLS): leave out #hls where there is none');
}

async function expectUsable(path: string, mode: number, what: string): Promise<void> {
  await access(path, mode).catch((error: NodeJS.ErrnoException) => {
    const isMissing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
    throw problem(
      'not-found',
      isMissing ? `no ${what} ${path}` : `no permission for ${path} (${error.code})`,
    );
  });
}

function problem(failure: FailureReport['failure'], message: string): CaptureError {
  return new CaptureError({ failure, message });
}
