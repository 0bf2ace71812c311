// Configuration -> the running daemon. The one wiring file: it builds the concrete parts and connects them.

import { join } from 'node:path';
import { monotonicMs } from '#common/clock.js';
import { untilAborted } from '#common/condition.js';
import { cacheDirectory, stateDirectory } from '#common/folders.js';
import { version } from '#common/package.js';
import { type Part, Parts } from '#common/part.js';
import type { ModelFolder } from '../models/folder/folder.js';
import { openDetector } from '../models/runtime/open.js';
import type { Frame } from '../pipelines/frame.js';
import { FramePool } from '../pipelines/frame-pool.js';
import { encodeFrame, fitJpeg } from '../pipelines/images.js';
import { analyticsOf } from './analytics/analytics-of.js';
import { NextPicture } from './analytics/next-picture.js';
import { RegularPictures } from './analytics/regular-pictures.js';
import { benchRunning } from './bench/running.js';
import { Settings } from './cameras/camera-settings.js';
import { Cameras } from './cameras/cameras.js';
import { picturesOf } from './config/pictures.js';
import { type Config, usesEmbeddedBroker } from './config/schema.js';
import type { ChosenMachine } from './device/this-machine.js';
import { executionOn } from './inference/execution.js';
import { FrameLoop } from './inference/frame-loop.js';
import type { FrameResult } from './inference/frame-path.js';
import { SupervisedDetector } from './inference/supervised-detector.js';
import { EmbeddedBroker } from './messaging/broker/embedded-broker.js';
import { Messaging } from './messaging/messaging.js';
import { ChangedSettings } from './messaging/requests/changed-settings.js';
import { requestHandlers } from './messaging/requests/handlers.js';
import { StatsCollector } from './telemetry/collector.js';
import type { Log } from './telemetry/log.js';
import { LoadReader } from './telemetry/machine-load.js';
import { metricsOf } from './telemetry/metrics.js';
import { processTotals } from './telemetry/process-totals.js';
import { PrometheusServer } from './telemetry/prometheus.js';
import { RegularReports } from './telemetry/regular-reports.js';
import { Reporter } from './telemetry/reporter.js';

export interface AgentOptions {
  readonly config: Config;
  readonly model: ModelFolder;
  /** Why this model, where it was not asked for; sentences. */
  readonly reasons?: readonly string[];
  /** What the configuration takes this machine for. */
  readonly machine: ChosenMachine;
  readonly log: Log;
  /** Changes with each start. */
  readonly bootId: string;
  /** Where optimized networks are kept; default with the user's or the service's. */
  readonly cache?: string;
  /** Also sees each frame, before its pixels are given back. */
  readonly onResult?: (result: FrameResult) => void | Promise<void>;
}

/** An engine may take long for its first frame; a network that takes longer than this is no use live. */
const DETECTOR_TIMEOUT_MS = 60_000;

/** All of the daemon as one part. */
export class Agent implements Part {
  readonly #parts: Parts;
  readonly #frames: FrameLoop;

  constructor(options: AgentOptions) {
    const { parts, frames } = wire(options);
    this.#frames = frames;
    this.#parts = new Parts(parts, (part, error) => options.log.warn({ err: error, part }, 'did not stop'));
  }

  /** Resolves once cameras are being opened. @throws CspcamError for what no retry can mend */
  start(signal: AbortSignal): Promise<void> {
    return this.#parts.start(signal);
  }

  /**
   * Resolves when every source has ended, the agent was stopped, or the signal aborts.
   *
   * @throws whatever the frame path throws: without it the agent would live on blind
   */
  async ended(signal: AbortSignal): Promise<void> {
    await Promise.race([this.#frames.ended(), untilAborted(signal)]);
  }

  /** Ends everything within 3 s; no process is left and `state` is offline. */
  stop(): Promise<void> {
    return this.#parts.stop();
  }
}

interface Wired {
  /** In the order in which they start: each finds those before it at work, and stops before they do. */
  readonly parts: Readonly<Record<string, Part>>;
  readonly frames: FrameLoop;
}

/** Builds everything; nothing is opened. */
function wire(options: AgentOptions): Wired {
  const { config, model, reasons = [], machine, log, bootId, onResult } = options;
  const { embeddedBroker } = config.mqtt;
  const { prometheus, intervalSeconds } = config.stats;
  const { name, input, labels } = model.description;
  const settings = new Settings(config);
  const execution = executionOn(machine, config);
  const detector = new SupervisedDetector({
    open: (signal) =>
      openDetector(model, {
        provider: config.inference.provider,
        precision: config.inference.precision,
        sessions: execution.sessions,
        threads: execution.threads,
        minScore: settings.lowestScore,
        oneLabelOf: config.inference.oneLabelOf,
        cache: options.cache ?? cacheDirectory(),
        onNotice: (notice) => log.warn(notice),
        signal,
      }),
    timeoutMs: DETECTOR_TIMEOUT_MS,
    nowMs: monotonicMs,
    random: Math.random,
    onFailure: (error, retryInMs) => log.error({ err: error, retryInMs }, 'the detector failed'),
  });
  const broker =
    embeddedBroker &&
    new EmbeddedBroker({
      ...embeddedBroker,
      clientIds: [config.mqtt.clientId, `${config.mqtt.clientId}-sparkplug`],
      onNotice: (notice) => log.warn({ ...notice }, 'the embedded broker refused a client or a message'),
    });
  // A login of its own: no other client can take its place.
  const mqtt = { ...config.mqtt, ...(usesEmbeddedBroker(config.mqtt) && broker?.ownLogin) };
  const messaging = new Messaging({
    config: { ...config, mqtt },
    model: model.description,
    bootId,
    log,
    fitPicture: fitJpeg,
  });
  const { announcements, publisher, outbox } = messaging;
  const stats = new StatsCollector(monotonicMs);
  const reporter = new Reporter({
    config,
    log,
    listener: announcements,
    settings,
    stats,
    now: Date.now,
    nowMonotonicMs: monotonicMs,
  });
  const fullPicture = (camera: string): Promise<Frame> => cameras.fullPicture(camera);
  const analytics = analyticsOf({ config, labels, settings, listener: announcements, fullPicture, log });
  const pool = new FramePool();
  const cameras = new Cameras({
    cameras: config.cameras,
    inputSize: input,
    pool,
    isEnabled: (camera) => settings.isEnabled(camera),
    prefer: machine.limits.profile.capture,
    onStatus: (camera, status) => {
      reporter.status(camera, status, cameras.restarts(camera));
      analytics.status(camera, status);
    },
    onMainStream: (camera, state) => reporter.mainStream(camera, state),
  });
  const withMain = Object.keys(config.cameras).filter((id) => config.cameras[id]?.detect !== undefined);
  const nextPicture = new NextPicture(encodeFrame, { cameras: withMain, take: fullPicture });
  const regularPictures = new RegularPictures({
    everyMs: new Map(
      Object.keys(config.cameras).flatMap((id) => {
        const { send, everySeconds } = picturesOf(config, id);
        return send === 'always' ? [[id, 1000 * everySeconds] as const] : [];
      }),
    ),
    isRunning: (camera) => reporter.isRunning(camera),
    take: (camera) => nextPicture.of(camera),
    publish: (camera, picture) => announcements.picture(camera, picture),
    onError: (camera, error) => log.warn({ err: error, camera }, 'a picture could not be made'),
  });
  const frames = new FrameLoop({
    frames: (signal) => cameras.frames(signal),
    isOver: () => reporter.haveAllEnded,
    detector,
    release: (pixels) => pool.release(pixels),
    onResult: async (result) => {
      nextPicture.update(result);
      reporter.result(result, analytics.update(result));
      await onResult?.(result);
    },
    onFailure: (frame) => reporter.failed(frame),
    wants: (frame, detection) => settings.wants(frame, detection),
  });
  const changedSettings = new ChangedSettings({
    settings,
    log,
    ...(config.requests.keep && {
      file: join(config.mqtt.outbox.directory ?? stateDirectory(config.device), 'settings.json'),
    }),
    onScore: (camera) => analytics.setScores(camera, settings.trackerScores(camera)),
    tell: (body) => announcements.settings(body),
  });
  const handlers = requestHandlers({
    config,
    cameras,
    settings,
    analytics,
    nextPicture,
    publishPicture: (camera, picture) => announcements.picture(camera, picture),
    isRunning: (camera) => reporter.isRunning(camera),
    changed: (by) => changedSettings.changed({ ...by, at: new Date().toISOString() }),
    bench: (seconds) => benchRunning({ detector, model, machine, execution, seconds, nowMs: monotonicMs }),
    log,
  });
  messaging.answerRequests(handlers);
  /** What is retained from the beginning must be known before the broker is connected. */
  const tellFirst = () => {
    const { provider, network } = detector;
    const { description } = model;
    announcements.info({
      version,
      node: process.version,
      provider,
      network,
      model: description,
      reasons,
      execution,
      config,
    });
    reporter.disabledCameras();
  };
  const metrics = () =>
    metricsOf({
      version,
      model: name,
      provider: detector.provider,
      totals: stats.totals,
      running: reporter.running,
      inferenceAgeSeconds: reporter.inferenceAgeSeconds,
      mqtt: { ...publisher.counters, connected: publisher.connected },
      outbox: outbox.report,
      process: processTotals(),
    });
  const parts = {
    ...(broker && { embeddedBroker: broker }),
    detector,
    changedSettings,
    firstMessages: atStart(tellFirst),
    analytics,
    messaging,
    cameras,
    regularPictures,
    regularReports: new RegularReports({
      reporter,
      load: new LoadReader(),
      log,
      statsEveryMs: 1000 * intervalSeconds,
    }),
    ...(prometheus && {
      prometheus: new PrometheusServer({
        ...prometheus,
        metrics,
        onFailure: ({ message }, retryInMs) => log.warn({ retryInMs }, message),
        onListening: (address) => log.info({ ...address }, 'Prometheus metrics'),
      }),
    }),
    frames,
    running: atStart(() => {
      const { provider, network } = detector;
      const what = { model: name, provider, ...network, ...execution };
      log.info({ ...what, cameras: Object.keys(config.cameras) }, 'running');
    }),
  };
  return { parts, frames };
}

/** Something to do between the starts of two parts. */
function atStart(act: () => void): Part {
  return { start: async () => act(), stop: async () => {} };
}
