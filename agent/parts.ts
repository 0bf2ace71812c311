// Setup -> the parts of the daemon, each connected with those that it needs. The one wiring file; nothing is opened here.

import { join } from 'node:path';
import { monotonicMs, systemClock } from '#common/clock.js';
import { cacheDirectory } from '#common/folders.js';
import { version } from '#common/package.js';
import type { Part } from '#common/part.js';
import { Replaceable } from '#common/replaceable.js';
import type { Frame } from '../pipelines/frame.js';
import { FramePool } from '../pipelines/frame-pool.js';
import { encodeFrame, fitJpeg } from '../pipelines/images.js';
import { Analytics } from './analytics/analytics.js';
import { AnalyticsMaker, lostAfterMs } from './analytics/analytics-of.js';
import type { AskPicture } from './analytics/full-size-picture.js';
import { NextPicture } from './analytics/next-picture.js';
import { RegularPictures } from './analytics/regular-pictures.js';
import { benchRunning } from './bench/running.js';
import { Settings } from './cameras/camera-settings.js';
import { Cameras } from './cameras/cameras.js';
import { Clips } from './clips/clips.js';
import { everySeconds, picturesOf } from './config/pictures.js';
import type { Config } from './config/schema.js';
import { secondLookOf } from './config/second-look.js';
import { openerOf } from './inference/detector-of.js';
import { DetectorState } from './inference/detector-state.js';
import { FrameLoop } from './inference/frame-loop.js';
import type { FrameResult } from './inference/frame-path.js';
import { SecondLooks } from './inference/second-look/second-looks.js';
import type { Setup } from './inference/setup.js';
import { type OpenDetector, SupervisedDetector } from './inference/supervised-detector.js';
import { EmbeddedBrokers } from './messaging/broker/embedded-brokers.js';
import { folderOf, Messaging } from './messaging/messaging.js';
import { ChangedSettings } from './messaging/requests/changed-settings.js';
import { requestHandlers } from './messaging/requests/handlers.js';
import { Page } from './page/page.js';
import type { ServiceManager } from './service/service-manager.js';
import { Supervision } from './service/supervision.js';
import { Work } from './service/work.js';
import { StatsCollector } from './telemetry/collector.js';
import type { AdaptableLog } from './telemetry/log.js';
import { LoadReader } from './telemetry/machine-load.js';
import { metricsOf } from './telemetry/metrics.js';
import { ProcessTotals } from './telemetry/process-totals.js';
import { PrometheusServer } from './telemetry/prometheus.js';
import { RegularReports } from './telemetry/regular-reports.js';
import { Reporter } from './telemetry/reporter.js';
import type { ConfigurationState } from './telemetry/reports.js';

export interface PartsInput {
  readonly setup: Setup;
  readonly log: AdaptableLog;
  /** Changes with each start of the process, and with no reload. */
  readonly bootId: string;
  /** Where optimized networks are kept; default with the user's or the service's. */
  readonly cache?: string;
  /** Also sees each frame with what is reported of it, before its pixels are given back. */
  readonly onResult?: (result: FrameResult) => void | Promise<void>;
  /** Who started the agent as a service and wants to hear of it. */
  readonly manager?: ServiceManager | undefined;
  /** Of the configuration, where there is one. */
  readonly file?: string | undefined;
  /** What a request to do so does. */
  readonly reload: () => Promise<string>;
  readonly configuration: () => ConfigurationState;
}

export type AgentParts = ReturnType<typeof partsOf>;

/**
 * What is read from `running` is what runs at that moment: a reload puts another setup there. What a part has taken for
 * good is put right by `reload/apply.ts`.
 */
export function partsOf({ log, bootId, onResult, reload, configuration, ...input }: PartsInput) {
  const running = {
    setup: input.setup,
    /** CLOCK_MONOTONIC: frames of a camera from before are of another source, size or mask, and nobody sees them. */
    notBeforeMs: new Map<string, number>(),
  };
  const now = {
    get config() {
      return running.setup.config;
    },
    get labels() {
      return running.setup.model.description.labels;
    },
  };
  const detectorInput = {
    cache: input.cache ?? cacheDirectory(),
    log,
    onBuilding: (words: string | undefined) => detectorState.building(words),
  };
  const settings = new Settings(now.config);
  const detector = new SupervisedDetector({
    open: openerOf(running.setup, detectorInput),
    nowMs: monotonicMs,
    random: Math.random,
    onFailure: (...failure) => detectorState.failed(...failure),
    onRecovery: () => detectorState.recovered(),
  });
  const detectorState = new DetectorState({ log, nowMs: monotonicMs, onChange: () => reporter.health() });
  const brokers = new EmbeddedBrokers(log);
  const messaging = new Messaging({
    config: brokers.withLogin(now.config),
    model: running.setup.model.description,
    bootId,
    log,
    fitPicture: fitJpeg,
  });
  const { announcements, publisher } = messaging;
  const page = new Page({
    get config() {
      return now.config;
    },
    askPicture: (camera, wanted) => askPicture(camera, wanted),
    openClip: (name) => clips.open(name),
    ...{ file: input.file, bootId, reload, log },
  });
  const listener = page.beside(announcements);
  const stats = new StatsCollector(monotonicMs);
  const reporter = new Reporter({
    get config() {
      return now.config;
    },
    log,
    listener,
    settings,
    stats,
    detector: () => detectorState.health,
    configuration,
    clips: () => clips.health,
    now: Date.now,
    nowMonotonicMs: monotonicMs,
  });
  const fullPicture = (camera: string): Promise<Frame> => cameras.fullPicture(camera);
  const askPicture: AskPicture = async (camera, wanted) =>
    picturesOf(now.config, camera).resolution === 'source' ? cameras.picture(camera, wanted) : undefined;
  const analyticsMaker = new AnalyticsMaker({
    get config() {
      return now.config;
    },
    get labels() {
      return now.labels;
    },
    settings,
    listener: {
      events: (events, moment) => {
        clips.events(moment.frame.source, events);
        listener.events(events, moment);
      },
      counts: (camera, counts) => listener.counts(camera, counts),
      picture: (camera, picture) => listener.picture(camera, picture),
    },
    fullPicture,
    askPicture,
    log,
  });
  const analytics = new Analytics(
    new Map(Object.keys(now.config.cameras).map((id) => [id, analyticsMaker.analyticsOf(id)])),
    lostAfterMs(now.config),
  );
  const pool = new FramePool();
  const cameras = new Cameras({
    get cameras() {
      return now.config.cameras;
    },
    get inputSize() {
      return running.setup.model.description.input;
    },
    pool,
    isEnabled: (camera) => settings.isEnabled(camera),
    get prefer() {
      return running.setup.machine.limits.profile.capture;
    },
    onStatus: (camera, status) => {
      reporter.status(camera, status, cameras.restarts(camera));
      analytics.status(camera, status);
      clips.status(camera, status);
    },
    packets: (camera) => clips.listenerOf(camera),
    onLimited: (camera) => reporter.limited(camera),
    onMainStream: (camera, state) => reporter.mainStream(camera, state),
    looksTwice: (camera) => secondLookOf(now.config, camera) !== false,
    onWindow: (window) => secondLooks.onWindow(window),
  });
  const clips = new Clips({
    get config() {
      return now.config;
    },
    folderOf: (config) => config.clips.folder ?? join(folderOf(config), 'clips'),
    ask: (camera, request) => cameras.ask(camera, request),
    onClip: (clip) => listener.clip(clip),
    onHealth: () => reporter.health(),
    log,
    now: Date.now,
  });
  const secondLooks = new SecondLooks({
    detector,
    modeOf: (camera) => secondLookOf(now.config, camera),
    ask: (camera, windows) => cameras.look(camera, windows),
    queue: () => cameras.queue,
    release: (pixels) => pool.release(pixels),
    nowMs: monotonicMs,
  });
  const nextPicture = new NextPicture({
    encode: encodeFrame,
    full: {
      get cameras() {
        const all = now.config.cameras;
        return Object.keys(all).filter((id) => all[id]!.detect !== undefined);
      },
      take: fullPicture,
    },
    ask: askPicture,
  });
  const regularPicturesOf = (config: Config) =>
    new RegularPictures({
      everyMs: new Map([...everySeconds(config)].map(([id, seconds]) => [id, 1000 * seconds])),
      isRunning: (camera) => reporter.isRunning(camera),
      take: (camera) => nextPicture.of(camera),
      publish: (camera, picture) => announcements.picture(camera, picture),
      onError: (camera, error) => log.warn({ err: error, camera }, 'a picture could not be made'),
    });
  const work = new Work({ nowMs: monotonicMs });
  const supervision = new Supervision({
    manager: input.manager,
    work,
    isOpening: () => detector.isOpening,
    building: () => detectorState.health.building,
    cameras: () => reporter.statuses,
    isConnected: () => publisher.connected,
    clock: systemClock,
    log,
  });
  /** A frame may come to its end after its camera has gone, or has been opened anew. */
  const isOfNow = ({ source, capturedMonotonicMs }: Frame) =>
    Object.hasOwn(now.config.cameras, source) &&
    capturedMonotonicMs >= (running.notBeforeMs.get(source) ?? Number.NEGATIVE_INFINITY);
  const frames = new FrameLoop({
    frames: (signal) => cameras.frames(signal),
    isOver: () => cameras.areOver,
    detector: work.followed(detector),
    release: (pixels) => pool.release(pixels),
    onResult: async (result) => {
      if (isOfNow(result.frame)) {
        const reported = settings.reported(result);
        nextPicture.update(reported);
        page.update(reported);
        // Those with lower scores may carry a track on.
        const tracks = analytics.update(result);
        reporter.result(result, tracks);
        secondLooks.update(result, tracks);
        await onResult?.(reported);
      }
      work.answered();
    },
    onFailure: (frame) => {
      if (isOfNow(frame)) {
        reporter.failed(frame);
        analytics.failed(frame.source);
      }
      work.failed();
    },
    lookAgain: secondLooks.lookAgain,
    wants: (frame, detection) => settings.wants(frame, detection),
  });
  const changedSettings = new ChangedSettings({
    settings,
    log,
    ...settingsFileOf(now.config),
    onScore: (camera) => analytics.setScores(camera, settings.trackerScores(camera)),
    tell: (body) => announcements.settings(body),
  });
  messaging.answerRequests(
    requestHandlers({
      get config() {
        return now.config;
      },
      cameras,
      settings,
      analytics,
      nextPicture,
      publishPicture: (camera, picture) => announcements.picture(camera, picture),
      isRunning: (camera) => reporter.isRunning(camera),
      changed: (by) => changedSettings.changed({ ...by, at: new Date().toISOString() }),
      bench: (seconds) => benchRunning({ ...running.setup, detector, seconds, nowMs: monotonicMs }),
      reload,
      log,
    }),
  );
  const tellInfo = () => {
    const { model, ...setup } = running.setup;
    const { provider, network } = detector;
    const what = { version, node: process.version, provider, network, configuration: configuration() };
    announcements.info({ ...setup, ...what, model: model.description });
  };
  const regularReportsOf = ({ stats: { intervalSeconds } }: Config) =>
    new RegularReports({ reporter, load: new LoadReader(), log, statsEveryMs: 1000 * intervalSeconds });
  const processTotals = new ProcessTotals(Date.now);
  const metrics = () =>
    metricsOf({
      version,
      model: running.setup.model.description.name,
      provider: detector.provider,
      totals: stats.totals,
      running: reporter.running,
      inferenceAgeSeconds: reporter.inferenceAgeSeconds,
      mqtt: { ...publisher.counters, connected: publisher.connected },
      outbox: messaging.outbox.report,
      machine: stats.machine,
      process: processTotals.read(),
    });
  const prometheusOf = ({ stats: { prometheus } }: Config) =>
    prometheus &&
    new PrometheusServer({
      ...prometheus,
      metrics,
      onFailure: ({ message }, retryInMs) => log.warn({ retryInMs }, message),
      onListening: (address) => log.info({ ...address }, 'Prometheus metrics'),
    });
  /** In the order in which they start: each finds those before it at work, and stops before they do. */
  const inOrder = {
    // First, as all others take time to start, and to stop.
    supervision,
    embeddedBroker: new Replaceable(() => brokers.brokerOf(now.config)),
    detector,
    changedSettings,
    // What is retained from the beginning must be known before the broker is connected.
    firstMessages: atStart(() => {
      tellInfo();
      reporter.disabledCameras();
    }),
    analytics,
    messaging,
    cameras,
    // Clips that are being written end before their cameras do.
    clips,
    regularPictures: new Replaceable(() => regularPicturesOf(now.config)),
    regularReports: new Replaceable(() => regularReportsOf(now.config)),
    prometheus: new Replaceable(() => prometheusOf(now.config)),
    page: new Replaceable(() => page.serverOf(now.config)),
    frames,
    running: atStart(() => {
      const { model, execution, config } = running.setup;
      const what = { model: model.description.name, provider: detector.provider, ...detector.network };
      log.info({ ...what, ...execution, cameras: Object.keys(config.cameras) }, 'running');
      supervision.started();
    }),
  };
  return {
    inOrder,
    running,
    openerOf: (setup: Setup): OpenDetector => openerOf(setup, detectorInput),
    ...{ analyticsMaker, brokers, log, nextPicture, page, reporter, secondLooks, settings, tellInfo },
    ...{ prometheusOf, regularPicturesOf, regularReportsOf },
  };
}

/** Where changes by requests are kept, where they are. */
export function settingsFileOf(config: Config): { readonly file: string; readonly isKept: boolean } {
  return { file: join(folderOf(config), 'settings.json'), isKept: config.requests.keep };
}

/** Something to do between the starts of two parts. */
function atStart(act: () => void): Part {
  return { start: async () => act(), stop: async () => {} };
}
