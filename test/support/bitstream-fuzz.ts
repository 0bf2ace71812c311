// Spoilt H.264 and H.265, one key frame and what follows it after another, through real capture processes with a healthy
// camera beside; and the same unspoilt, in a process of its own -> what became of all of them.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '../../models/networks/random.js';
import { type Clip, type Codec, clipOf } from './access-units.js';
import { residentBytes } from './processes.js';
import { RtspCamera } from './rtsp-camera.js';
import { spoilBytes } from './spoil.js';

const FRAMES_EACH = 5;
const RTP_HEADER_BYTES = 12;
const LOOK_MS = 100;
/** Of 25 a second: the two processes do not begin and end to count at once. */
const EDGE_FRAMES = 10;
const PROGRAM = resolve(import.meta.dirname, 'two-cameras.mjs');

export interface Healthy {
  readonly frames: number;
  /** That its source made and nobody had time for. */
  readonly missed: number;
  readonly restarts: number;
}

export interface FuzzResult {
  /** Frames that do not fit the input or are of a picture larger than any that is allowed. */
  readonly foreign: readonly string[];
  readonly frames: number;
  /** Of the spoilt camera, and how often; of what ended its process by a signal with the message. */
  readonly failures: Readonly<Record<string, number>>;
  readonly mostBytes: number;
  /** Of the camera in the same process, and of one beside the same stream unspoilt, at the same time on the same machine. */
  readonly other: Healthy;
  readonly control: Healthy;
}

interface Told {
  readonly frames: number;
  readonly foreign: readonly string[];
  readonly failures: readonly string[];
  readonly healthy: Healthy;
  readonly pid?: number;
  readonly isReady: boolean;
}

/**
 * 5% less than the control. What a machine that is too busy leaves out of one it need not leave out of the other: of
 * counted events, three times the root of their number is chance.
 */
export function leastFrames(other: Healthy, control: Healthy): number {
  return 0.95 * control.frames - 3 * Math.sqrt(other.missed + control.missed) - EDGE_FRAMES;
}

/** @param bitstreams how many; half of them H.264 */
export async function fuzzBitstreams(bitstreams: number): Promise<FuzzResult> {
  const H264 = await fuzzCodec('H264', bitstreams / 2);
  const H265 = await fuzzCodec('H265', bitstreams / 2);
  const failures: Record<string, number> = {};
  for (const failure of [...H264.failures, ...H265.failures])
    failures[failure] = (failures[failure] ?? 0) + 1;
  return {
    foreign: [...H264.foreign, ...H265.foreign],
    frames: H264.frames + H265.frames,
    failures,
    mostBytes: Math.max(H264.mostBytes, H265.mostBytes),
    other: sum(H264.other, H265.other),
    control: sum(H264.control, H265.control),
  };
}

async function fuzzCodec(codec: Codec, bitstreams: number) {
  let sent = 0;
  const clip = await clipOf({ codec, frames: FRAMES_EACH * 8, keyEvery: FRAMES_EACH });
  const spoilt = await serve(clip, (packets) => {
    const random = seededRandom(sent++);
    // The first packet of a key frame has the parameter sets, which decide over the most.
    return packets.map((packet) => (random() < 0.3 ? spoil(packet, random) : packet));
  });
  const clean = await serve(clip, (packets) => packets);
  const [hostile, peaceful] = [new TwoCameras(spoilt.url()), new TwoCameras(clean.url())];
  try {
    while (!hostile.told?.isReady || !peaceful.told?.isReady) await wait(LOOK_MS);
    for (const both of [hostile, peaceful]) both.count();
    let mostBytes = 0;
    const wanted = sent + bitstreams * FRAMES_EACH;
    while (sent < wanted) {
      const { pid } = hostile.told;
      const bytes = pid === undefined ? 0 : await residentBytes(pid).catch(() => 0);
      mostBytes = Math.max(mostBytes, bytes || 0);
      await wait(LOOK_MS);
    }
    const [seen, control] = await Promise.all([hostile.end(), peaceful.end()]);
    return {
      foreign: seen.foreign.map((fault) => `${codec} ${fault}`),
      frames: seen.frames,
      failures: seen.failures.map((line) => `${codec} ${named(line)}`),
      mostBytes,
      other: seen.healthy,
      control: control.healthy,
    };
  } finally {
    for (const both of [hostile, peaceful]) both.kill();
    for (const served of [spoilt, clean]) await served.close();
  }
}

function serve(clip: Clip, send: (packets: readonly Buffer[]) => readonly Buffer[]): Promise<RtspCamera> {
  return RtspCamera.start({ clip, framesPerSecond: 200, send });
}

class TwoCameras {
  readonly #child: ChildProcess;
  told: Told | undefined;

  constructor(url: string) {
    this.#child = spawn(process.execPath, [PROGRAM, url], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.told = JSON.parse(line);
    });
  }

  count(): void {
    this.#child.stdin!.write('now\n');
  }

  async end(): Promise<Told> {
    this.#child.stdin!.end();
    await once(this.#child, 'close');
    return this.told!;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** The class; of a crash what is the same each time. */
function named(line: string): string {
  const [failure = ''] = line.split(':');
  return failure === 'crashed' ? line.replace(/node:\d+|\d\d:\d\d:\d\d\.\d+/g, '-') : failure;
}

/** The payload alone: numbers stay, so that what is spoilt reaches the decoder. */
function spoil(packet: Buffer, random: () => number): Buffer {
  const payload = packet.subarray(RTP_HEADER_BYTES);
  return Buffer.concat([packet.subarray(0, RTP_HEADER_BYTES), spoilBytes(payload, random)]);
}

function sum(a: Healthy, b: Healthy): Healthy {
  return {
    frames: a.frames + b.frames,
    missed: a.missed + b.missed,
    restarts: a.restarts + b.restarts,
  };
}
