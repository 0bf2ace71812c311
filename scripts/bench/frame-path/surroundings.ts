// A broker, and a clip in which nothing moves: what the frame path is measured between, in processes of their own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expected } from '#common/errors.js';

const BROKER_STARTS_MS = 300;

export interface Broker {
  readonly url: string;
  stop(): void;
}

/** @throws CspcamError without mosquitto */
export async function startBroker(): Promise<Broker> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const broker = spawn('mosquitto', ['-p', String(port)], { stdio: 'ignore' });
  await once(broker, 'spawn').catch((error: Error) => {
    throw expected('mosquitto', 'PATH', error.message, error);
  });
  await wait(BROKER_STARTS_MS);
  return { url: `mqtt://127.0.0.1:${port}`, stop: () => broker.kill() };
}

/**
 * The first picture of the clip for a minute, at 1280 x 720 and 25 frames a second, with a sensor's noise.
 *
 * @throws CspcamError without ffmpeg and libx264
 */
export async function makeStillClip(clip: string, file: string): Promise<void> {
  const filter = 'loop=-1:1:0,scale=1280:720,setpts=N/25/TB,noise=alls=8:allf=t';
  const encode = ['-t', '60', '-r', '25', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '26'];
  const ffmpeg = spawn('ffmpeg', ['-v', 'error', '-i', clip, '-vf', filter, ...encode, file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = (await once(ffmpeg, 'close')) as [number | null];
  if (code !== 0) throw expected('0', 'exit code of ffmpeg with libx264', code ?? undefined);
}
