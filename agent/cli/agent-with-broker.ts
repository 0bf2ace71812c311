// A configuration -> the whole agent with a broker of its own on a free port, and a subscriber that sees what it publishes.

import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory } from '#common/folders.js';
import type { Part } from '#common/part.js';
import type { ModelFolder } from '../../models/folder/folder.js';
import { removeUnfinished } from '../../models/runtime/unfinished.js';
import { Agent, type AgentOptions } from '../agent.js';
import { type Config, complete, configFile } from '../config/schema.js';
import { setupOf } from '../inference/setup.js';
import { subscribe } from '../messaging/broker/client.js';
import { EmbeddedBroker } from '../messaging/broker/embedded-broker.js';
import { createLog } from '../telemetry/log.js';
import { beforeForcedEnd, crash } from './process-end.js';

export interface AgentWithBrokerOptions extends Pick<AgentOptions, 'onResult'> {
  readonly model: ModelFolder;
  /** Keys of a configuration file without `mqtt`. */
  readonly keys: Readonly<Record<string, unknown>> & { readonly device: string };
  /** Whether optimized networks are kept only for this run. */
  readonly ownCache?: boolean;
  /** Told the address of the broker. */
  readonly onListening?: (url: string) => void;
  /** Topics to see. */
  readonly filter: string;
  readonly onMessage: (topic: string, payload: Buffer) => void;
}

export class AgentWithBroker implements Part {
  readonly #options: AgentWithBrokerOptions;
  readonly #broker = new EmbeddedBroker({ host: '127.0.0.1', port: 0 });
  #agent: Agent | undefined;
  #unsubscribe: (() => Promise<void>) | undefined;
  #removeFolder = () => {};
  #stopping: Promise<void> | undefined;

  constructor(options: AgentWithBrokerOptions) {
    this.#options = options;
  }

  async start(signal: AbortSignal): Promise<void> {
    try {
      await this.#start(signal);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Resolves when every source has ended or the signal aborts, which it does where nobody expected an error. */
  async ended(signal: AbortSignal): Promise<void> {
    await this.#agent?.ended(signal).catch(crash);
  }

  /** The subscriber sees the agent leave. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { keys, model, onResult, onListening, filter, onMessage, ownCache = false } = this.#options;
    const folder = await mkdtemp(join(tmpdir(), `cspcam-${keys.device}-`));
    const remove = () => rmSync(folder, { recursive: true, force: true });
    const forget = beforeForcedEnd(() => {
      remove();
      removeUnfinished(cacheDirectory());
    });
    this.#removeFolder = () => {
      remove();
      forget();
    };
    await this.#broker.start(signal);
    const { port } = this.#broker.address;
    const url = `mqtt://127.0.0.1:${port}`;
    onListening?.(url);
    const mqtt = { url, ...this.#broker.ownLogin, outbox: { directory: join(folder, 'outbox') } };
    const config: Config = complete(configFile.parse({ ...keys, mqtt }));
    this.#unsubscribe = await subscribe({ url }, filter, onMessage);
    const { notices: _, ...setup } = await setupOf(config, model);
    this.#agent = new Agent({
      setup,
      log: createLog(config.log, config.device),
      bootId: randomUUID(),
      ...(ownCache && { cache: folder }),
      ...(onResult && { onResult }),
    });
    await this.#agent.start(signal);
  }

  async #stop(): Promise<void> {
    await this.#agent?.stop();
    await this.#unsubscribe?.();
    await this.#broker.stop();
    this.#removeFolder();
  }
}
