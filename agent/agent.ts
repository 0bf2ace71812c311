// Configuration -> the running daemon. The one wiring file: it builds the concrete parts and connects them.

import { join } from 'node:path';
import type { ModelFolder } from '../models/folder/folder.js';
import { openDetector } from '../models/runtime/open.js';
import { FramePool } from '../pipelines/frame-pool.js';
import { encodeFrame } from '../pipelines/images.js';
import { Cameras } from './cameras.js';
import type { Config } from './config/schema.js';
import { followFrames, type Looked, monotonicMs } from './frame-path.js';
import type { Log } from './log.js';
import { EmbeddedBroker } from './mqtt/broker.js';
import { connect } from './mqtt/client.js';
import { infoBody } from './mqtt/payloads.js';
import { type ConnectionEvent, Publisher } from './mqtt/publisher.js';
import { Outbox } from './outbox/outbox.js';
import { SegmentLog } from './outbox/segment-log.js';
import { version } from './package.js';
import { Reporter } from './reporter.js';
import { RestartingDetector } from './restarting-detector.js';
import { Scene } from './scene/scene.js';
import { countedLabels, Settings } from './settings.js';
import { Snapshots } from './snapshots.js';
import { stateDirectory } from './state-directory.js';
import { StatsCollector } from './stats/collector.js';
import { LoadReader } from './stats/system.js';
import { ByteTracker } from './tracking/tracker.js';
import { Watch } from './watch.js';
import { Watches } from './watches.js';

export interface AgentOptions {
  readonly config: Config;
  readonly model: ModelFolder;
  readonly log: Log;
  /** Changes with each start. */
  readonly bootId: string;
  /** Also sees each frame, before its pixels are given back. */
  readonly onLooked?: (looked: Looked) => void | Promise<void>;
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
    const { config, model, log } = this.#options;
    if (config.mqtt.embeddedBroker !== undefined) {
      const broker = new EmbeddedBroker(config.mqtt.embeddedBroker);
      this.#open.push(() => broker.close());
      await broker.start();
    }
    const settings = new Settings(config);
    const detector = await this.#openDetector(settings);
    const { publisher, outbox } = this.#openMqtt();
    const { provider } = detector;
    const node = process.version;
    publisher.publish({
      kind: 'info',
      body: infoBody({ version, node, provider, model: model.description, config }),
    });

    const stats = new StatsCollector(monotonicMs);
    const { name, input, labels } = model.description;
    const reporter = new Reporter({
      config,
      model: name,
      log,
      publisher,
      outbox,
      settings,
      stats,
      now: Date.now,
    });
    const watches = this.#watches(publisher, settings, labels);
    const pool = new FramePool();
    const cameras = new Cameras({
      cameras: config.cameras,
      inputSize: { width: input.width, height: input.height },
      pool,
      onStatus: (camera, status) => {
        reporter.status(camera, status, cameras.restarts(camera));
        watches.status(camera, status);
      },
    });
    this.#open.push(() => cameras.close());
    reporter.disabledCameras();
    watches.start();
    cameras.start();
    this.#reportRegularly(reporter);
    log.info({ model: name, provider, cameras: Object.keys(config.cameras) }, 'running');

    this.#running = followFrames(cameras.frames(this.#stop.signal), {
      detector,
      release: (pixels) => pool.release(pixels),
      onLooked: async (looked) => {
        reporter.looked(looked, watches.see(looked));
        await this.#options.onLooked?.(looked);
      },
      onFailure: (frame) => reporter.failed(frame),
      wants: (camera, detection) => settings.wants(camera, detection),
    });
    // Whoever calls ended() sees it; without anybody waiting it must not end the process.
    this.#running.catch(() => {});
  }

  #openMqtt(): { publisher: Publisher; outbox: Outbox } {
    const { config, log, bootId } = this.#options;
    const { mqtt, device } = config;
    const { directory, maxMegabytes, maxAgeHours, replayPerSecond } = mqtt.outbox;
    const outbox: Outbox = new Outbox({
      log: new SegmentLog({
        directory: join(directory ?? stateDirectory(device), 'outbox'),
        maxBytes: maxMegabytes * 1e6,
      }),
      send: (topic, payload, done) => publisher.sendStored(topic, payload, done),
      now: Date.now,
      maxAgeMs: maxAgeHours * 3_600_000,
      replayPerSecond,
      onDisk: (failure) =>
        failure === undefined
          ? log.info('the outbox works again')
          : log.error({ err: failure }, 'the outbox cannot keep events'),
    });
    outbox.open();
    this.#open.push(async () => outbox.close());
    const publisher = new Publisher({
      mqtt,
      device,
      bootId,
      connect,
      now: Date.now,
      random: Math.random,
      onConnection: (event) => logConnection(log, event),
      outbox,
    });
    this.#open.push(() => publisher.close());
    publisher.start();
    return { publisher, outbox };
  }

  #watches(publisher: Publisher, settings: Settings, labels: readonly string[]): Watches {
    const { config, model, log } = this.#options;
    const { keepSeconds } = config.tracking;
    let lastId = 0;
    const nextId = () => ++lastId;
    const watches = Object.entries(config.cameras).map(
      ([camera, { zones, lines, stationarySeconds, ...of }]) => {
        const topic = `${config.mqtt.base}/${config.device}/camera/${camera}/snapshot`;
        const watch = new Watch({
          camera,
          model: model.description.name,
          tracker: new ByteTracker({ nextId, keepSeconds, ...settings.trackerScores(camera) }),
          scene: new Scene({ zones, lines, stationarySeconds, labels: countedLabels(of.labels, labels) }),
          snapshots: new Snapshots(encodeFrame),
          publish: (message) => publisher.publish(message),
          publishPicture: (jpeg) => publisher.publishRetained(topic, jpeg, 'image/jpeg', 0),
          onError: (error) => log.warn({ err: error, camera }, 'a picture could not be made'),
          now: monotonicMs,
        });
        return [camera, watch] as const;
      },
    );
    return new Watches(new Map(watches), Math.max(keepSeconds * 1000, SHORTEST_LOSS_MS));
  }

  async #openDetector({ lowestScore }: Settings): Promise<RestartingDetector> {
    const { config, model, log } = this.#options;
    const { provider, threads } = config.inference;
    const detector = await RestartingDetector.open({
      open: () =>
        openDetector(model, {
          provider,
          threads: threads === 'auto' ? 0 : threads,
          minScore: lowestScore,
        }),
      timeoutMs: DETECTOR_TIMEOUT_MS,
      nowMs: monotonicMs,
      random: Math.random,
      onFailure: (error, retryInMs) => log.error({ err: error, retryInMs }, 'the detector failed'),
    });
    this.#open.push(() => Promise.race([detector.close(), passed(DETECTOR_CLOSE_MS)]));
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

function logConnection(log: Log, event: ConnectionEvent): void {
  if (event.status === 'connected') log.info({ url: event.url, protocol: event.protocol }, 'MQTT connected');
  else log.warn({ attempt: event.attempt, retryInMs: event.retryInMs }, event.failure.message);
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
