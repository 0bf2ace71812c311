// A request over MQTT to a running daemon -> its answer.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Daemon } from './daemon.js';

/** Whatever JSON came. */
// biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect of it
type Answered = any;

export async function ask({ broker, subscriber }: Daemon, request: string, body: object): Promise<Answered> {
  const transaction = `${request}-${Math.random()}`;
  await publish(
    broker.port,
    `cspcam/porch/request/${request}`,
    '-m',
    JSON.stringify({ ...body, transaction }),
  );
  const { payload } = await subscriber.next(
    ({ topic, payload }) => topic.includes('/response/') && payload.transaction === transaction,
  );
  return payload;
}

/** @param message options of mosquitto_pub */
export async function publish(port: number, topic: string, ...message: string[]): Promise<void> {
  const to = ['-h', '127.0.0.1', '-p', String(port), '-t', topic];
  await promisify(execFile)('mosquitto_pub', [...to, ...message]);
}
