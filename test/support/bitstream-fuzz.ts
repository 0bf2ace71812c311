// Spoilt H.264 and H.265, one key frame and what follows it after another, through real capture processes with a healthy
// camera beside -> what became of all of them.

import { type Clock, systemClock } from '#common/clock.js';
import { seededRandom } from '../../models/networks/random.js';
import type { Frame } from '../../pipelines/frame.js';
import { clipOf } from './access-units.js';
import { startCamera } from './cameras.js';
import { residentBytes } from './processes.js';
import { RtspCamera } from './rtsp-camera.js';
import { spoilBytes } from './spoil.js';

const FRAMES_EACH = 5;
const RTP_HEADER_BYTES = 12;
const INPUT = { width: 96, height: 96 } as const;
const LARGEST = { long: 7680, short: 4320 } as const;
const LOOK_MS = 20;

export interface FuzzResult {
  /** Frames that do not fit the input or are of a picture larger than any that is allowed. */
  readonly foreign: readonly string[];
  readonly frames: number;
  /** Failure classes of the spoilt camera, and how often. */
  readonly failures: Readonly<Record<string, number>>;
  readonly mostBytes: number;
  readonly other: {
    readonly frames: number;
    readonly restarts: number;
    /** The longest time without a frame, in looks: a machine that is too busy for frames is too busy for looks. */
    readonly longestPauseMs: number;
  };
}

/** Waits between tries are cut short. */
const impatient: Clock = { ...systemClock, after: (ms, act) => systemClock.after(Math.min(ms, 200), act) };

/** @param bitstreams how many; half of them H.264 */
export async function fuzzBitstreams(bitstreams: number): Promise<FuzzResult> {
  const foreign: string[] = [];
  const failures: Record<string, number> = {};
  let frames = 0;
  let mostBytes = 0;
  const other = startCamera('test:smpte?fps=25', { stallTimeoutMs: 60_000 });
  await other.untilFrames(5);
  let [seen, looks, longest] = [other.captured(), 0, 0];
  const look = setInterval(() => {
    longest = Math.max(longest, ++looks);
    if (other.captured() > seen) [seen, looks] = [other.captured(), 0];
  }, LOOK_MS);
  const before = other.captured();

  for (const codec of ['H264', 'H265'] as const) {
    let sent = 0;
    const served = await RtspCamera.start({
      clip: await clipOf({ codec, frames: FRAMES_EACH * 8, keyEvery: FRAMES_EACH }),
      framesPerSecond: 200,
      send: (packets) => {
        const random = seededRandom(sent++);
        // The first packet of a key frame has the parameter sets, which decide over the most.
        return packets.map((packet) => (random() < 0.3 ? spoilt(packet, random) : packet));
      },
    });
    const spoiltCamera = startCamera(served.url(), {
      clock: impatient,
      onFrame: (frame) => {
        frames++;
        const fault = faultOf(frame);
        if (fault !== undefined) foreign.push(fault);
      },
      onStatus: (status) => {
        if (status.state === 'retrying') failures[status.failure] = (failures[status.failure] ?? 0) + 1;
      },
    });
    const wanted = (bitstreams / 2) * FRAMES_EACH;
    while (sent < wanted) {
      const { pid } = spoiltCamera.camera;
      const bytes = pid === undefined ? 0 : await residentBytes(pid).catch(() => 0);
      mostBytes = Math.max(mostBytes, bytes || 0);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await spoiltCamera.close();
    await served.close();
  }
  clearInterval(look);
  await other.untilFrames(5);
  const result = {
    ...{ foreign, frames, failures, mostBytes },
    other: {
      frames: other.captured() - before,
      restarts: other.camera.restarts,
      longestPauseMs: longest * LOOK_MS,
    },
  };
  await other.close();
  return result;
}

/** The payload alone: numbers stay, so that what is spoilt reaches the decoder. */
function spoilt(packet: Buffer, random: () => number): Buffer {
  const payload = packet.subarray(RTP_HEADER_BYTES);
  return Buffer.concat([packet.subarray(0, RTP_HEADER_BYTES), spoilBytes(payload, random)]);
}

function faultOf({ pixels, sourceSize, content }: Frame): string | undefined {
  const long = Math.max(sourceSize.width, sourceSize.height);
  const short = Math.min(sourceSize.width, sourceSize.height);
  const isWithin =
    content.x >= 0 &&
    content.y >= 0 &&
    content.x + content.width <= INPUT.width &&
    content.y + content.height <= INPUT.height;
  const isWhole = pixels.byteLength === 3 * INPUT.width * INPUT.height;
  if (isWithin && isWhole && long <= LARGEST.long && short <= LARGEST.short) return undefined;
  return JSON.stringify({ bytes: pixels.byteLength, sourceSize, content });
}
