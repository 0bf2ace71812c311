// Program of the capture process: a CapturePlan in the environment -> frames of one pipeline on descriptor 3.
// The only owner of gstreamer-superficial. It lives no longer than its parent.

import { createRequire } from 'node:module';
import { connect, Socket } from 'node:net';
import type {
  AppSink,
  BusMessage,
  CapsFilter,
  Identity,
  Pipeline as PipelineType,
} from 'gstreamer-superficial';
import { monotonicMs } from '#common/clock.js';
import { busFailure, type FailureReport, launchFailure } from '../failure.js';
import type { Rect } from '../frame.js';
import { type CapturePlan, scaledCaps, withMatrix } from '../launch.js';
import { letterbox } from '../letterbox.js';
import { DropCount } from './drop-count.js';
import { type GateOptions, MotionGate } from './gate.js';
import { geometryOf, readGdp, type SourceGeometry } from './gdp.js';
import { MotionDetector } from './motion.js';
import { type ExitRecord, type FrameRecord, recordHead } from './records.js';

// A native module: it has no form that `import` takes.
const require = createRequire(import.meta.url);
const { Pipeline } = require('gstreamer-superficial') as {
  Pipeline: typeof PipelineType;
};

/** How often the size of the source is looked at again; the look copies one source picture. */
const geometryEveryMs = 1000;
/** V8 sees the few objects it keeps, not the pictures behind them, and lets tens of megabytes gather. */
const collectEveryMs = 10_000;
/** A time stamp further back than this is a wrong clock, not a slow pipeline. */
const longestLatencyMs = 10_000;
/** More than queue, scaler and appsink hold. */
const keptFrames = 8;

const plan = JSON.parse(process.env.CSPCAM_CAPTURE ?? '') as CapturePlan;
const out = new Socket({ fd: 3, readable: false, writable: true });

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
setInterval(() => globalThis.gc?.(), collectEveryMs).unref();

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
  const size = pipeline.findChild('size') as CapsFilter;
  let isFirst = true;
  watchGeometry(geometry, (seen) => {
    const corrected = isFirst ? withMatrix(launch, seen.colorimetry ?? '', seen.height) : undefined;
    if (corrected !== undefined) {
      pipeline?.stop();
      run(corrected);
      return;
    }
    place = placeOf(seen);
    // Rows of black borders need not be made, copied and sent.
    size.caps = scaledCaps({ width: plan.inputSize.width, height: place.content.height });
    if (isFirst) pullFrames(frames, playedMs, drops, plan.motion && watchMotion(plan.motion, drops));
    isFirst = false;
  });
}

/** Of the source picture, and of its part within the input. */
let place: Pick<FrameRecord, 'sourceSize' | 'content'>;

function placeOf({ width, height, pixel }: SourceGeometry): typeof place {
  return {
    sourceSize: { width, height },
    content: letterbox({ width, height }, plan.inputSize, pixel),
  };
}

/** @param onChange also at the first look: frames start when the size of the source is known */
function watchGeometry(sink: AppSink, onChange: (source: SourceGeometry) => void): void {
  let known = '';
  const look = () =>
    sink.pull((buffer, caps) => {
      // At the end of the stream `frames` tells; a stream without a single frame is told here.
      if (buffer === null) return known === '' ? onStreamEnd(0) : undefined;
      const seen = geometryOf(caps.streamheader);
      if (seen === undefined) return look();
      const isNew = JSON.stringify(seen) !== known;
      known = JSON.stringify(seen);
      if (isNew) onChange(seen);
      setTimeout(look, geometryEveryMs).unref();
    });
  look();
}

interface Watching {
  /** Number of the frame, and of frames passed over until it. */
  passed(ptsMs: number | undefined): { readonly sequence: number; readonly skipped: number };
}

/** Small pictures of all frames decide which are scaled, sent and looked at. */
function watchMotion(options: GateOptions, drops: DropCount): Watching {
  const sink = pipeline?.findChild('motion') as AppSink;
  const element = pipeline?.findChild('gate') as Identity;
  const gate = new MotionGate(options);
  const detector = new MotionDetector();
  /** Frames whose scaled pictures may be under way. */
  const recent: { readonly ptsMs: number | undefined; readonly sequence: number }[] = [];
  let last = -1;
  let isOpen = true;
  /** A frame has passed whose small picture is still to come. */
  let isAhead = false;
  const turn = () => {
    if (gate.isOpen === isOpen) return;
    isOpen = gate.isOpen;
    element['drop-probability'] = isOpen ? 0 : 1;
  };
  const pull = () =>
    sink.pull((packet) => {
      // At the end of the stream `frames` tells.
      if (packet === null || finished) return;
      const { kind, ptsMs, payload } = readGdp(packet);
      if (kind === 'buffer') {
        const nowMs = monotonicMs();
        recent.push({ ptsMs, sequence: drops.nextAt(ptsMs, nowMs) });
        if (recent.length > keptFrames) recent.shift();
        gate.see(detector.see(payload, nowMs), nowMs, isAhead);
        isAhead = false;
        turn();
      }
      pull();
    });
  pull();
  return {
    passed: (ptsMs) => {
      gate.looked(monotonicMs());
      turn();
      const known = recent.find((frame) => ptsMs !== undefined && frame.ptsMs === ptsMs);
      isAhead = known === undefined;
      last = Math.max(last + 1, known?.sequence ?? drops.produced);
      return { sequence: last, skipped: gate.skipped };
    },
  };
}

function pullFrames(sink: AppSink, playedMs: number, drops: DropCount, motion?: Watching): void {
  let sending = false;
  let waiting: (() => void) | undefined;

  type Counts = ReturnType<Watching['passed']>;
  const send = (pixels: Buffer, ptsMs: number | undefined, counts: Counts, nowMs: number) => {
    const capturedMonotonicMs = capturedMs(ptsMs, playedMs, nowMs);
    const planes = picturePlanes(pixels, place.content);
    const head = recordHead(
      {
        kind: 'frame',
        ...counts,
        capturedMonotonicMs,
        capturedAtMs: Date.now() - (monotonicMs() - capturedMonotonicMs),
        mediaTimeMs: mediaMs(ptsMs, nowMs - playedMs),
        ...place,
      },
      3 * place.content.height * plan.inputSize.width,
    );
    sending = true;
    out.cork();
    for (const bytes of [head, planes[0], planes[1]]) out.write(bytes);
    out.write(planes[2], () => {
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
    // A camera that has just changed its size: what is under way has rows for neither.
    const rows = payload.length / (3 * plan.inputSize.width);
    if (kind !== 'buffer' || (rows !== plan.inputSize.height && rows !== place.content.height)) return pull();
    const nowMs = monotonicMs();
    const number = () => (plan.delivery === 'all' ? drops.next() : drops.nextAt(ptsMs, nowMs));
    const counts = motion?.passed(ptsMs) ?? { sequence: number(), skipped: 0 };
    if (!sending) send(payload, ptsMs, counts, nowMs);
    else waiting = () => send(payload, ptsMs, counts, nowMs);
    if (plan.delivery === 'newest') pull();
  };
  pull();
}

/**
 * R, G and B of the rows with the picture.
 *
 * @param pixels G, B and R as GStreamer has them: with borders until it has got to know the rows that are wanted
 */
function picturePlanes(pixels: Buffer, { y, height }: Rect): [Buffer, Buffer, Buffer] {
  const { width } = plan.inputSize;
  const rows = pixels.length / (3 * width);
  const plane = (index: number) => {
    const start = (index * rows + (rows === height ? 0 : y)) * width;
    return pixels.subarray(start, start + height * width);
  };
  return [plane(2), plane(0), plane(1)];
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
