// Cameras -> a running `cspcam run` on a real Mosquitto, and what an independent subscriber sees of it.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { brightModel } from './bright-model.js';
import { Cspcam, writeConfig } from './cspcam.js';
import { type Mosquitto, startMosquitto } from './mosquitto.js';
import { argumentsOf, childrenOf } from './processes.js';
import { type Subscriber, subscribe } from './subscriber.js';

export interface Daemon {
  readonly broker: Mosquitto;
  readonly agent: Cspcam;
  readonly subscriber: Subscriber;
  /** Keys of its configuration, and the file that they are in. */
  readonly config: Record<string, unknown>;
  readonly file: string;
  /** Process ids of the captures that there are, by camera. */
  captures(): Promise<ReadonlyMap<string, number>>;
  /** Process id of the capture of a camera, once there is one that is not `otherThan`. */
  capturePid(camera: string, otherThan?: number): Promise<number>;
  close(): Promise<void>;
}

/**
 * @param cameras as in the configuration
 * @param more keys of the configuration
 * @param filters topics to see beside those of the agent
 * @param within a command that becomes the agent
 */
export async function startDaemon(
  cameras: object,
  { mqtt, ...more }: { mqtt?: object; [key: string]: unknown } = {},
  filters: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
  within: readonly string[] = [],
): Promise<Daemon> {
  const broker = await startMosquitto();
  const subscriber = await subscribe(
    broker.port,
    'cspcam/#',
    filters.flatMap((filter) => ['-t', filter]),
  );
  const model = await brightModel();
  const config = {
    device: 'porch',
    mqtt: { url: broker.url, outbox: { directory: await mkdtemp(join(tmpdir(), 'outbox-')) }, ...mqtt },
    model,
    cameras,
    stats: { intervalSeconds: 1 },
    ...more,
  };
  const file = await writeConfig(config);
  const agent = new Cspcam(['run', '--config', file], environment, undefined, within);
  const captures = async () => {
    const children = await childrenOf(agent.child.pid!);
    const named = children.map(async (pid) => [(await argumentsOf(pid)).at(-1) ?? '', pid] as const);
    return new Map((await Promise.all(named)).filter(([camera]) => camera in cameras));
  };
  return {
    config,
    file,
    broker,
    agent,
    subscriber,
    captures,
    capturePid: async (camera, otherThan) => {
      for (let tries = 0; tries < 1200; tries++) {
        const pid = (await captures()).get(camera);
        if (pid !== undefined && pid !== otherThan) return pid;
        await wait(50);
      }
      throw new Error(`no capture process of ${camera}`);
    },
    close: async () => {
      await agent.close();
      subscriber.close();
      await broker.close();
    },
  };
}
