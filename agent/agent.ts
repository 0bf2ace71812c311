// Configuration -> the running daemon. The one wiring file: it builds the concrete parts and connects them.

import { setTimeout as wait } from 'node:timers/promises';
import { monotonicMs } from '#common/clock.js';
import { cacheDirectory } from '#common/folders.js';
import { version } from '#common/package.js';
import type { ModelFolder } from '../models/folder/folder.js';
import { openDetector } from '../models/runtime/open.js';
import { FramePool } from '../pipelines/frame-pool.js';
import { encodeFrame } from '../pipelines/images.js';
import { Analytics } from './analytics/analytics.js';
import { CameraAnalytics } from './analytics/camera-analytics.js';
import { NextPicture } from './analytics/next-picture.js';
import type { SceneListener } from './analytics/reports.js';
import { Scene } from './analytics/scene/scene.js';
import { Snapshots } from './analytics/snapshots.js';
import { ByteTracker } from './analytics/tracking/tracker.js';
import { countedLabels, Settings } from './cameras/camera-settings.js';
import { Cameras } from './cameras/cameras.js';
import type { Config } from './config/schema.js';
import type { Execution } from './device/execution-mode.js';
import { executionOn, machineOf } from './inference/execution.js';
import { type FrameResult, followFrames } from './inference/frame-path.js';
import { SupervisedDetector } from './inference/supervised-detector.js';
import { EmbeddedBroker } from './messaging/broker/embedded-broker.js';
import { Messaging } from './messaging/messaging.js';
import { requestHandlers } from './messaging/requests/handlers.js';
import { StatsCollector } from './telemetry/collector.js';
import type { Log } from './telemetry/log.js';
import { LoadReader } from './telemetry/machine-load.js';
import { metricsOf } from './telemetry/metrics.js';
import { type PrometheusOptions, PrometheusServer } from './telemetry/prometheus.js';
import { Reporter } from './telemetry/reporter.js';

export interface AgentOptions {
  readonly config: Config;
  readonly model: ModelFolder;
  /** Why this model, where it was not asked for; sentences. */
  readonly reasons?: readonly string[];
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
const HEALTH_EVERY_MS = 60_000;
/** A capture that crashed is back sooner. */
const SHORTEST_LOSS_MS = 3000;
/** A detector that hangs must not keep the agent from ending in time. */
const DETECTOR_CLOSE_MS = 1000;

export class Agent {
  readonly #options: AgentOptions;
  readonly #stop = new AbortController();
  /** What to close, the last opened first. */
  readonly #open: (() => Promise<unknown>)[] = [];
  #closing: Promise<void> | undefined;
  #running: Promise<void> | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
  }

  /** Resolves once cameras are being opened. @throws CspcamError for what no retry can mend */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Resolves when the agent has been closed or every source has ended. */
  async ended(): Promise<void> {
    await this.#running;
  }

  /** Ends everything within 3 s; no process is left and `state` is offline. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #start(): Promise<void> {
    const { config, model, reasons = [], log, bootId } = this.#options;
    if (config.mqtt.embeddedBroker !== undefined) {
      const broker = new EmbeddedBroker(config.mqtt.embeddedBroker);
      this.#open.push(() => broker.stop());
      await broker.start(this.#stop.signal);
    }
    const settings = new Settings(config);
    const machine = await machineOf(config);
    const execution = executionOn(machine, config);
    const detector = await this.#openDetector(settings, execution);
    const { provider } = detector;
    const { name, input, labels } = model.description;
    const messaging = new Messaging({ config, model: model.description, bootId, log });
    const { announcements, publisher, outbox } = messaging;
    this.#open.push(() => messaging.stop());
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
    const analytics = this.#analytics(announcements, settings, labels);
    this.#open.push(() => analytics.stop());
    const pool = new FramePool();
    const cameras = new Cameras({
      cameras: config.cameras,
      inputSize: { width: input.width, height: input.height },
      pool,
      prefer: machine.limits.profile.capture,
      onStatus: (camera, status) => {
        reporter.status(camera, status, cameras.restarts(camera));
        analytics.status(camera, status);
      },
    });
    this.#open.push(() => cameras.end());
    const nextPicture = new NextPicture(encodeFrame);
    const handlers = requestHandlers({
      config,
      cameras,
      settings,
      analytics,
      nextPicture,
      publishPicture: (camera, picture) => announcements.picture(camera, picture),
      isRunning: (camera) => reporter.isRunning(camera),
      detector,
      model,
      machine,
      execution,
      log,
    });

    messaging.answerRequests(handlers);
    announcements.info({
      version,
      node: process.version,
      provider,
      model: model.description,
      reasons,
      execution,
      config,
    });
    reporter.disabledCameras();
    await analytics.start(this.#stop.signal);
    await messaging.start(this.#stop.signal);
    cameras.start();
    this.#reportRegularly(reporter);
    await this.#servePrometheus(() => {
      const { user, system } = process.cpuUsage();
      return metricsOf({
        version,
        model: name,
        provider,
        totals: stats.totals,
        running: reporter.running,
        inferenceAgeSeconds: reporter.inferenceAgeSeconds,
        mqtt: { ...publisher.counters, connected: publisher.connected },
        outbox: { ...outbox.counters, pending: outbox.pending },
        process: {
          cpuSeconds: (user + system) / 1e6,
          residentBytes: process.memoryUsage.rss(),
          startedSeconds: performance.timeOrigin / 1000,
        },
      });
    });
    log.info({ model: name, provider, ...execution, cameras: Object.keys(config.cameras) }, 'running');

    this.#running = followFrames(cameras.frames(this.#stop.signal), {
      detector,
      release: (pixels) => pool.release(pixels),
      onResult: async (result) => {
        nextPicture.update(result);
        reporter.result(result, analytics.update(result));
        await this.#options.onResult?.(result);
      },
      onFailure: (frame) => reporter.failed(frame),
      wants: (camera, detection) => settings.wants(camera, detection),
    });
    // Whoever calls ended() sees it; without anybody waiting it must not end the process.
    this.#running.catch(() => {});
  }

  async #servePrometheus(metrics: PrometheusOptions['metrics']): Promise<void> {
    const { prometheus } = this.#options.config.stats;
    if (prometheus === undefined) return;
    const { log } = this.#options;
    const server = new PrometheusServer({
      ...prometheus,
      metrics,
      onFailure: ({ message }, retryInMs) => log.warn({ retryInMs }, message),
      onListening: (address) => log.info({ ...address }, 'Prometheus metrics'),
    });
    this.#open.push(() => server.stop());
    await server.start(this.#stop.signal);
  }

  #analytics(listener: SceneListener, settings: Settings, labels: readonly string[]): Analytics {
    const { config, log } = this.#options;
    const { keepSeconds } = config.tracking;
    let lastId = 0;
    const nextId = () => ++lastId;
    const analytics = Object.entries(config.cameras).map(
      ([camera, { zones, lines, stationarySeconds, ...of }]) => {
        const cameraAnalytics = new CameraAnalytics({
          camera,
          tracker: new ByteTracker({ nextId, keepSeconds, ...settings.trackerScores(camera) }),
          scene: new Scene({ zones, lines, stationarySeconds, labels: countedLabels(of.labels, labels) }),
          snapshots: new Snapshots(encodeFrame),
          listener,
          onError: (error) => log.warn({ err: error, camera }, 'a picture could not be made'),
          now: monotonicMs,
        });
        return [camera, cameraAnalytics] as const;
      },
    );
    return new Analytics(new Map(analytics), Math.max(keepSeconds * 1000, SHORTEST_LOSS_MS));
  }

  async #openDetector(
    { lowestScore }: Settings,
    { sessions, threads }: Execution,
  ): Promise<SupervisedDetector> {
    const { config, model, log } = this.#options;
    const { provider } = config.inference;
    const detector = await SupervisedDetector.open({
      open: () =>
        openDetector(model, {
          provider,
          sessions,
          threads,
          minScore: lowestScore,
          cache: this.#options.cache ?? cacheDirectory(),
          onNotice: (notice) => log.warn(notice),
        }),
      timeoutMs: DETECTOR_TIMEOUT_MS,
      nowMs: monotonicMs,
      random: Math.random,
      onFailure: (error, retryInMs) => log.error({ err: error, retryInMs }, 'the detector failed'),
    });
    this.#open.push(() =>
      Promise.race([detector.close(), wait(DETECTOR_CLOSE_MS, undefined, { ref: false })]),
    );
    return detector;
  }

  #reportRegularly(reporter: Reporter): void {
    const load = new LoadReader();
    const { intervalSeconds } = this.#options.config.stats;
    const stats = setInterval(() => {
      load.read().then(
        (reading) => reporter.stats(reading),
        (error: Error) => this.#options.log.warn({ err: error }, 'load of the machine cannot be read'),
      );
    }, intervalSeconds * 1000);
    reporter.health();
    const health = setInterval(() => reporter.health(), HEALTH_EVERY_MS);
    this.#open.push(async () => {
      clearInterval(stats);
      clearInterval(health);
    });
  }

  async #close(): Promise<void> {
    this.#stop.abort();
    for (const close of this.#open.splice(0).reverse()) {
      await close().catch((error: unknown) => {
        this.#options.log.warn({ err: error }, 'a part did not close');
      });
    }
    await this.#running?.catch(() => {});
  }
}
