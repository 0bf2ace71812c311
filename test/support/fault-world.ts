// Cameras and a broker -> a running daemon under faults: what of its frames reaches a subscriber, and what it holds and counts.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Body } from '../../agent/messaging/schemas.js';
import { unitMemory } from '../../scripts/bench/memory/unit-memory.js';
import { brightModel } from './bright-model.js';
import { Cspcam, writeConfig } from './cspcam.js';
import { freePort, type Mosquitto, type MosquittoOptions, startMosquitto } from './mosquitto.js';
import { argumentsOf, childrenOf } from './processes.js';
import { parsePrometheus } from './prometheus.js';
import { type Subscriber, subscribe } from './subscriber.js';

export interface WorldOptions {
  readonly cameras: object;
  readonly broker?: MosquittoOptions;
  /** Port at which the agent finds the broker, where that is not its own. */
  readonly via?: (broker: Mosquitto) => Promise<number>;
  readonly outbox?: string;
  readonly config?: object;
  readonly environment?: Readonly<Record<string, string>>;
  /** A command that becomes the agent. */
  readonly within?: readonly string[];
}

/** A detections message at the subscriber. */
export interface Arrival {
  readonly camera: string;
  readonly atMs: number;
  readonly capturedMs: number;
}

type Detector = Body<'health'>['detector'] & object;

const injection = pathToFileURL(resolve(import.meta.dirname, 'worker-faults.mjs')).href;
const LOOK_MS = 20;

export class World {
  /** Since the last `forget()`. */
  readonly arrivals: Arrival[] = [];
  #healths: { readonly detector: Detector }[] = [];
  readonly #looks: NodeJS.Timeout;

  private constructor(
    readonly agent: Cspcam,
    readonly broker: Mosquitto,
    readonly subscriber: Subscriber,
    readonly cameras: readonly string[],
    /** Where `worker-faults.mjs` looks. */
    readonly workerFault: string,
    private readonly metricsPort: number,
  ) {
    this.#looks = setInterval(() => this.#look(), LOOK_MS);
  }

  static async start(options: WorldOptions): Promise<World> {
    const { cameras, config, environment } = options;
    const broker = await startMosquitto(options.broker);
    const { address = '127.0.0.1', within } = options.broker ?? {};
    const subscriber = await subscribe(broker.port, 'cspcam/#', ['-h', address], within);
    const folder = await mkdtemp(join(tmpdir(), 'world-'));
    const workerFault = join(folder, 'worker-fault');
    const metricsPort = await freePort();
    const port = (await options.via?.(broker)) ?? broker.port;
    const keys = {
      device: 'porch',
      model: await brightModel(),
      cameras,
      mqtt: {
        url: `mqtt://${address}:${port}`,
        outbox: { directory: options.outbox ?? join(folder, 'outbox') },
      },
      stats: { intervalSeconds: 1, prometheus: { port: metricsPort } },
      inference: { sessions: 1, threads: 1 },
      requests: { allow: ['restart'] },
      log: { level: 'info', format: 'json' },
      ...config,
    };
    const ofAgent = {
      ...unitMemory,
      WORKER_FAULT: workerFault,
      ...environment,
      NODE_OPTIONS: [`--import=${injection}`, environment?.['NODE_OPTIONS']].filter(Boolean).join(' '),
    };
    const args = ['run', '--config', await writeConfig(keys)];
    const agent = new Cspcam(args, ofAgent, undefined, options.within);
    return new World(agent, broker, subscriber, Object.keys(cameras), workerFault, metricsPort);
  }

  get pid(): number {
    return this.agent.child.pid!;
  }

  get isAlive(): boolean {
    return this.agent.child.exitCode === null && this.agent.child.signalCode === null;
  }

  /** @returns the first arrival that fits; nothing where none came in time */
  async arrival(fits: (arrival: Arrival) => boolean, withinMs: number): Promise<Arrival | undefined> {
    const endMs = Date.now() + withinMs;
    for (;;) {
      const found = this.arrivals.find(fits);
      if (found !== undefined || Date.now() > endMs || !this.isAlive) return found;
      await wait(LOOK_MS);
    }
  }

  /** @returns the detector of the first health that fits, from the last `forget()` on */
  async health(
    fits: (health: { readonly detector: Detector }) => boolean,
    withinMs: number,
  ): Promise<Detector | undefined> {
    const endMs = Date.now() + withinMs;
    for (;;) {
      const found = this.#healths.find(fits);
      if (found !== undefined || Date.now() > endMs || !this.isAlive) return found?.detector;
      await wait(LOOK_MS);
    }
  }

  forget(): void {
    this.arrivals.splice(0);
    this.#healths = [];
  }

  /** Process id of the capture of a camera. */
  async capturePid(camera: string): Promise<number> {
    for (let tries = 0; tries < 600; tries++) {
      for (const pid of await childrenOf(this.pid))
        if ((await argumentsOf(pid)).at(-1) === camera) return pid;
      await wait(50);
    }
    throw new Error(`no capture of ${camera}`);
  }

  /** Of the outbox. */
  async events(): Promise<{ produced: number; delivered: number; pending: number }> {
    const response = await fetch(`http://127.0.0.1:${this.metricsPort}/metrics`);
    const families = parsePrometheus(await response.text());
    const value = (name: string) => [...(families.get(`cspcam_${name}`)?.samples.values() ?? [])][0] ?? 0;
    return {
      produced: value('outbox_produced_events_total'),
      delivered: value('outbox_delivered_events_total'),
      pending: value('outbox_pending_events'),
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#looks);
    await this.agent.close();
    this.subscriber.close();
    await this.broker.close();
  }

  #look(): void {
    for (const { topic, atMs, payload } of this.subscriber.take()) {
      const [, , , camera = '', kind] = topic.split('/');
      if (topic.endsWith('/health')) this.#healths.push(payload);
      if (kind === 'detections')
        this.arrivals.push({ camera, atMs, capturedMs: Date.parse(payload.frame.capturedAt) });
    }
  }
}
