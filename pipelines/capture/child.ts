// Program of the capture process: a CapturePlan on stdin -> frames of one pipeline on descriptor 3.
// It lives no longer than its parent.

import { writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { CaptureError, type FailureReport, launchFailure } from '../failure.js';

import { type CapturePlan, httpHead, PIPED_DESCRIPTOR, relayedHead } from '../launch.js';
import { contentCaps, withMatrix } from '../launch-tail.js';
import { withPackets } from '../packet-tap.js';
import { HlsRelay } from '../relay/hls-relay.js';
import { HttpRelay } from '../relay/http-relay.js';
import { RtspRelay } from '../relay/rtsp-relay.js';

import { DropCount } from './child/drop-count.js';
import { FramePlaces } from './child/frame-places.js';
import { FrameTimes } from './child/frame-times.js';
import { FramesOut } from './child/frames-out.js';
import { MotionWatch } from './child/motion-watch.js';
import { PacketsOut } from './child/packets-out.js';
import { ParentLink } from './child/parent-link.js';
import { PipedBytes } from './child/piped-bytes.js';
import { type AppSink, CapturePipeline } from './child/pipeline.js';
import { PipelineEnd } from './child/pipeline-end.js';
import { noPicture, RecentPictures } from './child/recent-pictures.js';
import { SizeMarks } from './child/size-marks.js';
import { watchGeometry } from './child/source-geometry.js';
import { WindowsOut } from './child/windows-out.js';
import { type CaptureRequest, Lines } from './requests.js';

/**
 * V8 sees the few objects it keeps, not the pictures behind them, and lets tens of megabytes gather. Most are young and go
 * with a collection of those, which takes less than a millisecond; what a slow parent let grow old goes with the heap.
 */
const COLLECT_YOUNG_EVERY_MS = 300;
const COLLECT_EVERY_MS = 4000;
const ALIVE_EVERY_MS = 1000;
const OOM_SCORE = '500';
const NOTICED_AFTER_MS = 2000;
/** Decoding has begun by then where the first packets were those of a whole picture. */
const LOOK_EVERY_MS = 1500;
/** Of a camera that has begun to send: as long as the daemon's own limit between frames is by default. */
const SILENT_MS = 10_500;

/** Of a still picture: somebody asks for it once its only frame has been looked at. */
const ASKED_WITHIN_MS = 1000;

/** An event or two, and somebody who looks on. */
const MOST_EARLY = 32;

const PIPED = `fdsrc fd=${PIPED_DESCRIPTOR} `;

let pipeline: CapturePipeline | undefined;
let relay: RtspRelay | HttpRelay | HlsRelay | undefined;
let pictures: RecentPictures | undefined;
let windows: WindowsOut | undefined;
let packets: PacketsOut | undefined;
let piped: PipedBytes | undefined;
let hasFrames = false;
/** What was asked before there was a pipeline. */
let early: CaptureRequest[] | undefined = [];

process.on('SIGTERM', () => void exit());
// Ctrl-C reaches the whole process group: the parent decides.
process.on('SIGINT', () => {});

const plan = await planOfParent();
const link = new ParentLink(dieNow);

// The first to go where memory is short: the daemon starts it again.
await writeFile('/proc/self/oom_score_adj', OOM_SCORE).catch(() => {});
process.on('uncaughtException', (error) => fail({ failure: 'crashed', message: error.message }));
setInterval(() => globalThis.gc?.({ type: 'minor' }), COLLECT_YOUNG_EVERY_MS).unref();
setInterval(() => globalThis.gc?.(), COLLECT_EVERY_MS).unref();
setInterval(() => link.send('alive'), ALIVE_EVERY_MS).unref();

void start();

/** The first line on stdin, whose other end closes when the parent dies, however it dies; requests are the lines after it. */
function planOfParent(): Promise<CapturePlan> {
  return new Promise((resolve) => {
    let onLine = (line: string) => {
      onLine = (request) => onRequest(JSON.parse(request));
      resolve(JSON.parse(line));
    };
    const lines = new Lines((line) => onLine(line));
    process.stdin.setEncoding('utf8');
    process.stdin.on('data', (chunk: string) => lines.push(chunk));
    process.stdin.on('end', dieNow).on('error', dieNow);
  });
}

function onRequest(request: CaptureRequest): void {
  if (early !== undefined) {
    if (early.length < MOST_EARLY) early.push(request);
    return;
  }
  switch (request.kind) {
    case 'picture':
      if (pictures !== undefined) pictures.answer(request);
      else link.sendPicture(noPicture(request), []);
      break;
    case 'windows':
      windows?.want(request);
      break;
    case 'packets-end':
      packets?.end(request);
      break;
    case 'packets':
      if (packets !== undefined) packets.send(request);
      else link.sendNoPackets({ kind: 'no-packets', id: request.id, message: 'no H.264 or H.265' });
  }
}

/** @param edit of the launch string */
async function start(edit = (launch: string) => launch): Promise<void> {
  try {
    if (relay instanceof RtspRelay) {
      // Logged in to once: the session goes on.
      pipeline?.stop();
      await relay.again();
    } else {
      await relay?.close();
      pipeline?.stop();
    }
    if (plan.camera === undefined) return run(edit(await ownLaunch()));
    run(edit(`${await headOf(plan.camera)} ! ${plan.launch}`));
  } catch (error) {
    fail(error instanceof CaptureError ? error.report : { failure: 'crashed', message: String(error) });
  }
}

async function ownLaunch(): Promise<string> {
  if (!plan.launch.startsWith(PIPED)) return plan.launch;
  piped ??= new PipedBytes(PIPED_DESCRIPTOR);
  return plan.launch.replace(PIPED, `fdsrc fd=${await piped.begin()} `);
}

async function headOf(camera: NonNullable<CapturePlan['camera']>): Promise<string> {
  const keepsPackets = plan.keepPacketsMs !== undefined;
  if (camera.scheme === 'http') {
    const http = camera.hls
      ? await HlsRelay.open(camera, { largest: plan.largest, onlyLive: plan.onlyLive ?? false }, failLater)
      : await HttpRelay.open(camera, failLater);
    relay = http;
    const head = httpHead(http.descriptor, http.content, plan.largest);
    return keepsPackets && http.content === 'video' ? withPackets(head) : head;
  }
  const isFirst = !(relay instanceof RtspRelay);
  const rtsp = relay instanceof RtspRelay ? relay : await RtspRelay.open(camera, failLater);
  relay = rtsp;
  if (isFirst) sayWaiting(rtsp);
  const head = relayedHead(rtsp.location, rtsp.codec, plan.largest);
  return keepsPackets ? withPackets(head, rtsp.codec) : head;
}

function run(launch: string): void {
  let opened: CapturePipeline;
  try {
    opened = new CapturePipeline(launch);
  } catch (error) {
    fail(launchFailure(error instanceof Error ? error.message : String(error)));
    return;
  }
  pipeline = opened;
  const end = new PipelineEnd(opened, {
    onEndOfStream: (produced) => {
      // A camera that has hung up, or what a playlist can no longer fetch, looks to GStreamer like the end of a recording.
      if (relay?.failure) fail(relay.failure);
      else void endWith(produced);
    },
    // What the camera said comes first: GStreamer only sees that its connection has ended.
    onFailure: (report) => fail(relay?.failure ?? report),
  });
  end.start();
  // A device may take seconds to open; the time that stamps count from starts after that.
  const playedMs = opened.play();
  if (relay instanceof HttpRelay) relay.begin();
  const times = new FrameTimes(plan.live, playedMs);
  packets = packetsOf(opened, playedMs);
  pictures?.close();
  pictures =
    plan.pictures &&
    new RecentPictures({ ...plan.pictures, sink: opened.element('pictures'), link, masks: plan.masks });
  windows =
    plan.windows &&
    new WindowsOut({
      ...opened.windowElements(),
      link,
      inputSize: plan.inputSize,
      privacy: plan.masks?.privacy ?? [],
    });
  const asked = early;
  early = undefined;
  for (const request of asked ?? []) onRequest(request);
  let frames: FramesOut | undefined;
  let places: FramePlaces | undefined;
  const marks = new SizeMarks();
  const lookAgain = watchGeometry(
    opened.geometry,
    {
      onLooked: () => frames?.onLooked(),
      onNothing: () => end.onSinkEnd(0),
      onSame: (ptsMs) => places?.confirm(ptsMs),
      onChange: (seen, ptsMs) => {
        hasFrames = true;
        const { colorimetry = '', height } = seen;
        const lacksMatrix = places === undefined && withMatrix(launch, colorimetry, height) !== undefined;
        if (lacksMatrix && piped?.canBeginAnew !== false) {
          void start((plain) => withMatrix(plain, colorimetry, height) ?? plain);
          return;
        }
        piped?.forget();
        const marked = marks.next(seen);
        const sight = { ptsMs, mark: marked?.mark };
        if (places === undefined) places = new FramePlaces(plan.inputSize, seen, sight);
        else places.set(seen, sight);
        if (marked !== undefined) opened.marks.caps = marked.caps;
        pictures?.onSize(seen);
        // Borders need not be made, copied and sent.
        opened.size.caps = contentCaps(places.content);
        if (frames !== undefined) return;
        frames = framesOf(opened, places, times, end, () => lookAgain());
        frames.start();
      },
    },
    plan.looksAtEach !== true,
  );
}

function packetsOf(opened: CapturePipeline, playedMs: number): PacketsOut | undefined {
  const sink = opened.element<AppSink | undefined>('packets');
  if (plan.keepPacketsMs === undefined || sink === undefined) return undefined;
  const out = new PacketsOut({
    sink,
    link,
    // Frames have a series of their own.
    times: new FrameTimes(plan.live, playedMs),
    keepMs: plan.keepPacketsMs,
  });
  out.pull();
  return out;
}

function framesOf(
  opened: CapturePipeline,
  places: FramePlaces,
  times: FrameTimes,
  end: PipelineEnd,
  lookAgain: () => void,
): FramesOut {
  const drops = new DropCount(opened.counter);
  const hasEnded = () => link.hasEnded;
  const unseen = [...(plan.masks?.privacy ?? []), ...(plan.masks?.motion ?? [])];
  const motion =
    plan.motion &&
    new MotionWatch({
      ...{ motion: plan.motion, unseen, tellsWhere: plan.windows === true },
      ...{ ...opened.motionElements(), drops, hasEnded },
    });
  motion?.start();
  const onStreamEnd = (produced: number) => end.onSinkEnd(produced);
  return new FramesOut(
    { plan, sink: opened.frames, link, times, drops, motion, pictures, windows, lookAgain, onStreamEnd },
    places,
  );
}

/** A pipeline that never got a frame does not always notice that its source has gone. */
function failLater(): void {
  setTimeout(() => relay?.failure && fail(relay.failure), NOTICED_AFTER_MS).unref();
}

/** A camera may send a whole picture every half minute only: what comes before it, or after a loss, cannot be decoded. */
function sayWaiting(camera: RtspRelay): void {
  let packets = 0;
  let silentMs = 0;
  let hasSaid = false;
  const timer = setInterval(() => {
    if (relay !== camera) return clearInterval(timer);
    const isSilent = camera.packets === packets;
    packets = camera.packets;
    if (packets === 0 || (hasFrames && !camera.isWaitingForKeyFrame)) {
      hasSaid = false;
      silentMs = 0;
      return;
    }
    silentMs = isSilent ? silentMs + LOOK_EVERY_MS : 0;
    if (!hasSaid) link.send('waiting');
    hasSaid = true;
    if (silentMs >= SILENT_MS)
      fail({ failure: 'stalled', message: `nothing for ${SILENT_MS / 1000} s, and no key frame before` });
  }, LOOK_EVERY_MS).unref();
}

async function endWith(produced: number): Promise<void> {
  if (pictures !== undefined && produced === 1) await wait(ASKED_WITHIN_MS);
  await pictures?.answered();
  link.sendEnd({ kind: 'exit', reason: 'eos', produced }, () => void exit());
}

function fail(report: FailureReport): void {
  link.sendEnd({ kind: 'exit', reason: 'failure', ...report }, () => void exit());
}

/**
 * The camera is told while this loop still runs: stop() blocks it. A pull or a poll that waits would keep process.exit()
 * waiting. The parent kills where this hangs.
 */
async function exit(): Promise<void> {
  await relay?.close();
  pipeline?.stop();
  process.exit(0);
}

/** Nothing here is worth a clean end without a parent, and stop() could hang on a dead camera. */
function dieNow(): void {
  process.kill(process.pid, 'SIGKILL');
}
