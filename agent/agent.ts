// Configuration -> the running daemon. The one wiring file: it builds the concrete parts and connects them.

import type { ModelFolder } from '../models/folder/folder.js';
import { openDetector } from '../models/runtime/open.js';
import { FramePool } from '../pipelines/frame-pool.js';
import { Cameras } from './cameras.js';
import type { Config } from './config/schema.js';
import { followFrames, type Looked, monotonicMs } from './frame-path.js';
import type { Log } from './log.js';
import { EmbeddedBroker } from './mqtt/broker.js';
import { connect } from './mqtt/client.js';
import { infoBody } from './mqtt/payloads.js';
import { type ConnectionEvent, Publisher } from './mqtt/publisher.js';
import { version } from './package.js';
import { Reporter } from './reporter.js';
import { RestartingDetector } from './restarting-detector.js';
import { StatsCollector } from './stats/collector.js';
import { LoadReader } from './stats/system.js';

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
    const { config, model, log, bootId } = this.#options;
    if (config.mqtt.embeddedBroker !== undefined) {
      const broker = new EmbeddedBroker(config.mqtt.embeddedBroker);
      this.#open.push(() => broker.close());
      await broker.start();
    }
    const detector = await this.#openDetector();
    const publisher = new Publisher({
      mqtt: config.mqtt,
      device: config.device,
      bootId,
      connect,
      now: Date.now,
      random: Math.random,
      onConnection: (event) => logConnection(log, event),
    });
    this.#open.push(() => publisher.close());
    publisher.start();
    const { provider } = detector;
    const node = process.version;
    publisher.publish({
      kind: 'info',
      body: infoBody({ version, node, provider, model: model.description, config }),
    });

    const stats = new StatsCollector(monotonicMs);
    const reporter = new Reporter({
      config,
      model: model.description.name,
      log,
      publisher,
      stats,
      now: Date.now,
    });
    const { input } = model.description;
    const inputSize = { width: input.width, height: input.height };
    const pool = new FramePool();
    const cameras = new Cameras({
      cameras: config.cameras,
      inputSize,
      pool,
      onStatus: (camera, status) => reporter.status(camera, status, cameras.restarts(camera)),
    });
    this.#open.push(() => cameras.close());
    reporter.disabledCameras();
    cameras.start();
    this.#reportLoad(reporter);
    log.info({ model: model.description.name, provider, cameras: Object.keys(config.cameras) }, 'running');

    this.#running = followFrames(cameras.frames(this.#stop.signal), {
      detector,
      release: (pixels) => pool.release(pixels),
      onLooked: async (looked) => {
        reporter.looked(looked);
        await this.#options.onLooked?.(looked);
      },
      onFailure: (frame) => reporter.failed(frame),
      wants: (source, { label, score }) => {
        const camera = config.cameras[source]!;
        return score >= (camera.minScore ?? config.minScore) && (camera.labels?.includes(label) ?? true);
      },
    });
    // Whoever calls ended() sees it; without anybody waiting it must not end the process.
    this.#running.catch(() => {});
  }

  async #openDetector(): Promise<RestartingDetector> {
    const { config, model, log } = this.#options;
    const scores = Object.values(config.cameras).map(({ minScore }) => minScore ?? config.minScore);
    const { provider, threads } = config.inference;
    const detector = await RestartingDetector.open({
      open: () =>
        openDetector(model, {
          provider,
          threads: threads === 'auto' ? 0 : threads,
          minScore: Math.min(...scores),
        }),
      timeoutMs: DETECTOR_TIMEOUT_MS,
      nowMs: monotonicMs,
      random: Math.random,
      onFailure: (error, retryInMs) => log.error({ err: error, retryInMs }, 'the detector failed'),
    });
    this.#open.push(() => Promise.race([detector.close(), passed(DETECTOR_CLOSE_MS)]));
    return detector;
  }

  #reportLoad(reporter: Reporter): void {
    const load = new LoadReader();
    const { intervalSeconds } = this.#options.config.stats;
    const timer = setInterval(() => {
      load.read().then(
        (reading) => reporter.stats(reading),
        (error: Error) => this.#options.log.warn({ err: error }, 'load of the machine cannot be read'),
      );
    }, intervalSeconds * 1000);
    this.#open.push(async () => clearInterval(timer));
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
