// A running daemon and another configuration -> the daemon after SIGHUP, and what it says of it on `health`.

import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { Body } from '../../agent/messaging/schemas.js';
import type { Cspcam } from './cspcam.js';
import type { Subscriber } from './subscriber.js';

export interface Reloading {
  readonly agent: Cspcam;
  /** Of its configuration. */
  readonly file: string;
  readonly subscriber: Subscriber;
}

type Configuration = NonNullable<Body<'health'>['configuration']>;

/**
 * @param config keys of the file, or its text
 * @returns once the reload is over, as the broker tells it
 */
export async function reload(
  { agent, file, subscriber }: Reloading,
  config: object | string,
): Promise<Configuration> {
  const before = latest(subscriber) ?? '';
  await writeFile(file, typeof config === 'string' ? config : stringify(config));
  agent.child.kill('SIGHUP');
  const { payload } = await subscriber.next(
    ({ topic, payload }) => topic.endsWith('/health') && momentOf(payload.configuration) > before,
  );
  return payload.configuration;
}

/** When a configuration was read last, as the latest `health` has it. */
function latest(subscriber: Subscriber): string | undefined {
  const health = subscriber.seen.findLast(({ topic }) => topic.endsWith('/health'));
  return health && momentOf(health.payload.configuration);
}

function momentOf({ loadedAt, refusedAt }: Configuration): string {
  return refusedAt ?? loadedAt;
}
