// A clip -> what a <video> of a headless Chromium makes of it, from its first picture to its last.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Played {
  /** Nothing, or what the element says is wrong. */
  readonly error: string;
  readonly width: number;
  readonly height: number;
  /** What it took the clip for, and where it was at its end. */
  readonly seconds: number;
  readonly endedAtSeconds: number;
}

const PAGE = `<!doctype html><video muted autoplay src="/clip.mp4"></video><script>
const video = document.querySelector('video');
video.playbackRate = 8;
const tell = () => fetch('/told', { method: 'POST', body: JSON.stringify({
  error: video.error === null ? '' : video.error.message,
  width: video.videoWidth, height: video.videoHeight,
  seconds: video.duration, endedAtSeconds: video.currentTime,
}) });
video.onended = tell;
video.onerror = tell;
</script>`;

export async function playedByBrowser(browser: string, clip: string): Promise<Played> {
  const bytes = await readFile(clip);
  let told: (played: Played) => void = () => {};
  const played = new Promise<Played>((resolve) => {
    told = resolve;
  });
  const server = createServer((request, response) => {
    if (request.url === '/clip.mp4') response.setHeader('content-type', 'video/mp4').end(bytes);
    else if (request.url === '/told') {
      let body = '';
      request.on('data', (chunk) => (body += chunk)).on('end', () => told(JSON.parse(body)));
      response.end();
    } else response.setHeader('content-type', 'text/html').end(PAGE);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const profile = await mkdtemp(join(tmpdir(), 'browser-'));
  const options = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    `--user-data-dir=${profile}`,
  ];
  const child = spawn(browser, [...options, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`], {
    stdio: 'ignore',
    // It has children of its own.
    detached: true,
  });
  try {
    return await played;
  } finally {
    process.kill(-child.pid!, 'SIGKILL');
    server.closeAllConnections();
    server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
