// Program of the capture process: a CapturePlan in the environment -> frames of one pipeline on descriptor 3.
// The only owner of gstreamer-superficial. It lives no longer than its parent.

import { createRequire } from 'node:module';
import { connect, Socket } from 'node:net';
import type { AppSink, BusMessage, Identity, Pipeline as PipelineType } from 'gstreamer-superficial';
import { busFailure, type FailureReport, launchFailure } from '../failure.js';
import { letterbox } from '../geometry.js';
import { type CapturePlan, withMatrix } from '../launch.js';
import { DropCount } from './drop-count.js';
import { geometryOf, readGdp, type SourceGeometry } from './gdp.js';
import { type ExitRecord, recordHead } from './records.js';

const { Pipeline } = createRequire(import.meta.url)('gstreamer-superficial') as {
  Pipeline: typeof PipelineType;
};

/** How often the size of the source is looked at again; the look copies one source picture. */
const geometryEveryMs = 1000;
/** A time stamp further back than this is a wrong clock, not a slow pipeline. */
const longestLatencyMs = 10_000;

const plan = JSON.parse(process.env.CSPCAM_CAPTURE ?? '') as CapturePlan;
const planeBytes = plan.inputSize.width * plan.inputSize.height;
const out = new Socket({ fd: 3, readable: false, writable: true });
const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6;

let pipeline: PipelineType | undefined;
let finished = false;
let endOfStream = false;

// The parent's end of stdin closes when it dies, however it dies. Nothing here is worth a clean end then, and
// stop() could hang on a dead camera.
process.stdin.resume().on('end', dieNow).on('error', dieNow);
out.on('error', dieNow);
process.on('SIGTERM', () => {
  pipeline?.stop();
  process.exit(0);
});
// Ctrl-C reaches the whole process group: the parent decides.
process.on('SIGINT', () => {});
process.on('uncaughtException', (error) => finish({ failure: 'crashed', message: error.message }));

run(plan.launch);

function dieNow(): void {
  process.kill(process.pid, 'SIGKILL');
}

function run(launch: string): void {
  try {
    pipeline = new Pipeline(launch);
  } catch (error) {
    finish(launchFailure(error instanceof Error ? error.message : String(error)));
    return;
  }
  const frames = pipeline.findChild('frames') as AppSink;
  const geometry = pipeline.findChild('geometry') as AppSink;
  const drops = new DropCount(pipeline.findChild('captured') as Identity);
  pipeline.pollBus(onBusMessage);
  // A device may take seconds to open; the time that stamps count from starts after that.
  pipeline.pause();
  const playedMs = monotonicMs();
  pipeline.play();
  watchGeometry(geometry, (first) => {
    const corrected = withMatrix(launch, first.colorimetry ?? '', first.height);
    if (corrected === undefined) pullFrames(frames, first, playedMs, drops);
    else {
      pipeline?.stop();
      run(corrected);
    }
  });
}

let source: SourceGeometry;

/** Frames start when the size of the source is known. */
function watchGeometry(sink: AppSink, onFirst: (source: SourceGeometry) => void): void {
  let known = false;
  const look = () =>
    sink.pull((buffer, caps) => {
      // At the end of the stream `frames` tells; a stream without a single frame is told here.
      if (buffer === null) return known ? undefined : onStreamEnd(0);
      const seen = geometryOf(caps.streamheader);
      if (seen === undefined) return look();
      if (known) source = seen;
      else onFirst(seen);
      known = true;
      setTimeout(look, geometryEveryMs).unref();
    });
  look();
}

function pullFrames(sink: AppSink, first: SourceGeometry, playedMs: number, drops: DropCount): void {
  source = first;
  let sending = false;
  let waiting: (() => void) | undefined;

  const send = (pixels: Buffer, ptsMs: number | undefined, sequence: number, nowMs: number) => {
    const capturedMonotonicMs = capturedMs(ptsMs, playedMs, nowMs);
    const { width, height } = source;
    const head = recordHead(
      {
        kind: 'frame',
        sequence,
        dropped: drops.dropped,
        capturedMonotonicMs,
        capturedAtMs: Date.now() - (monotonicMs() - capturedMonotonicMs),
        mediaTimeMs: mediaMs(ptsMs, nowMs - playedMs),
        sourceSize: { width, height },
        content: letterbox(source, plan.inputSize, source.pixel),
      },
      3 * planeBytes,
    );
    sending = true;
    // GStreamer's planes are G, B, R; the record's are R, G, B.
    out.cork();
    out.write(head);
    out.write(pixels.subarray(2 * planeBytes, 3 * planeBytes));
    out.write(pixels.subarray(0, 2 * planeBytes), () => {
      sending = false;
      const next = waiting;
      waiting = undefined;
      // Nothing may follow the exit record.
      if (finished) return;
      if (next !== undefined) next();
      else if (plan.delivery === 'all') pull();
    });
    out.uncork();
  };

  const pull = () => {
    if (!finished) sink.pull(onPacket);
  };

  const onPacket = (packet: Buffer | null) => {
    if (packet === null) return onStreamEnd(drops.produced);
    const { kind, ptsMs, payload } = readGdp(packet);
    if (kind !== 'buffer') return pull();
    const nowMs = monotonicMs();
    const sequence = plan.delivery === 'all' ? drops.next() : drops.nextAt(ptsMs, nowMs);
    if (!sending) send(payload, ptsMs, sequence, nowMs);
    else {
      if (waiting !== undefined) drops.dropped += 1;
      waiting = () => send(payload, ptsMs, sequence, nowMs);
    }
    if (plan.delivery === 'newest') pull();
  };
  pull();
}

let firstMs: number | undefined;

/** Recordings with reordered frames have time stamps that begin above 0. */
function mediaMs(ptsMs: number | undefined, sincePlayMs: number): number {
  if (ptsMs === undefined) return sincePlayMs;
  if (plan.live) return ptsMs;
  firstMs ??= ptsMs;
  return Math.max(0, ptsMs - firstMs);
}

/** Live: the pipeline's clock is CLOCK_MONOTONIC and starts at play. Otherwise: when the frame was read. */
function capturedMs(ptsMs: number | undefined, playedMs: number, nowMs: number): number {
  if (!plan.live || ptsMs === undefined) return nowMs;
  const capturedMs = playedMs + ptsMs;
  return capturedMs > nowMs || capturedMs < nowMs - longestLatencyMs ? nowMs : capturedMs;
}

function onBusMessage(message: BusMessage): void {
  if (message.type === 'eos') endOfStream = true;
  if (message.type === 'error') refineAndFinish(busFailure(message));
}

/** An appsink ends also where the pipeline failed to start; the bus says which, a moment later. */
function onStreamEnd(produced: number, waitedMs = 0): void {
  if (waitedMs === 200) drainBus();
  if (endOfStream) finish({ produced });
  else if (waitedMs < 1000) setTimeout(() => onStreamEnd(produced, waitedMs + 50), 50);
  else finish({ failure: 'decode', message: 'the pipeline stopped without a reason' });
}

/** The binding polls no further where a pipeline could not even start, with the reason still on the bus. */
function drainBus(): void {
  let polled = false;
  pipeline?.pollBus((message) => {
    onBusMessage(message);
    if (!polled && !finished) drainBus();
    polled = true;
  });
}

/** rtspsrc says `Failed to connect. (Generic error)` for every reason. */
function refineAndFinish(report: FailureReport): void {
  if (report.failure !== 'unreachable' || plan.address === undefined) {
    finish(report);
    return;
  }
  const { host, port } = plan.address;
  const socket = connect({ host, port, timeout: 2000 });
  const done = (next: FailureReport) => {
    socket.destroy();
    finish(next);
  };
  socket.on('connect', () => done(report));
  socket.on('timeout', () => done({ ...report, message: `no answer from ${host}:${port}` }));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    const failure = error.code === 'ECONNREFUSED' ? 'refused' : 'unreachable';
    done({ failure, message: error.message });
  });
}

function finish(end: FailureReport | { produced: number }): void {
  if (finished) return;
  finished = true;
  const record: ExitRecord =
    'failure' in end ? { kind: 'exit', reason: 'failure', ...end } : { kind: 'exit', reason: 'eos', ...end };
  out.write(recordHead(record, 0), () => {
    // A pull or a poll that waits would keep process.exit() waiting; the parent kills where this hangs.
    pipeline?.stop();
    process.exit(0);
  });
}
