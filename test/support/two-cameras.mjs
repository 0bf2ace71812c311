// The address of a camera -> it and a healthy one in one process, as in the daemon; what came of both, a line of JSON at
// a time. Counts from the first line on its input to the end of that.

import { Camera } from '../../dist/pipelines/capture/camera.js';
import { FramePool } from '../../dist/pipelines/frame-pool.js';

const TOLD_EVERY_MS = 100;
const INPUT = { width: 96, height: 96 };
const LARGEST = { long: 7680, short: 4320 };
/** Waits between tries are cut short. */
const impatient = {
  nowMs: () => performance.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, Math.min(ms, 200));
    return () => clearTimeout(timer);
  },
};

const pool = new FramePool();
const counts = { frames: 0, foreign: [], failures: [], healthy: { frames: 0, missed: 0, restarts: 0 } };
let isCounting = false;
let last;

const healthy = new Camera({
  id: 'healthy',
  uri: 'test:smpte?fps=25',
  inputSize: INPUT,
  pool,
  stallTimeoutMs: 60_000,
  onFrame: ({ pixels, sequence }) => {
    pool.release(pixels);
    if (isCounting && last !== undefined) {
      counts.healthy.frames++;
      counts.healthy.missed += sequence - last - 1;
    }
    last = sequence;
  },
  onStatus: () => {},
});
const other = new Camera({
  id: 'other',
  uri: process.argv[2],
  inputSize: INPUT,
  pool,
  clock: impatient,
  onFrame: (frame) => {
    counts.frames++;
    const fault = faultOf(frame);
    if (fault !== undefined) counts.foreign.push(fault);
    pool.release(frame.pixels);
  },
  onStatus: (status) => {
    if (status.state === 'retrying') counts.failures.push(`${status.failure}: ${status.message}`);
  },
});

/** Of frames that do not fit the input, or are of a picture larger than any that is allowed. */
function faultOf({ pixels, sourceSize, content }) {
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

healthy.start();
other.start();
const tell = () => {
  counts.healthy.restarts = healthy.restarts;
  process.stdout.write(`${JSON.stringify({ ...counts, pid: other.pid, isReady: last !== undefined })}\n`);
};
const timer = setInterval(tell, TOLD_EVERY_MS);
process.stdin.once('data', () => {
  isCounting = true;
});
process.stdin.on('end', async () => {
  isCounting = false;
  clearInterval(timer);
  tell();
  await Promise.all([healthy.close(), other.close()]);
});
