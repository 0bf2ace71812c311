// A topic that is not allowed -> a RabbitMQ of its own with its MQTT plugin, on loopback, as Debian has it.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './mosquitto.js';

const FOLDER = '/usr/lib/rabbitmq/bin';
export const RABBITMQ = join(FOLDER, 'rabbitmq-server');

export interface RabbitMq {
  readonly port: number;
  /** With user and password. */
  readonly url: string;
  close(): Promise<void>;
}

/** @param deny a topic that nobody may write; `/` is `.` to RabbitMQ */
export async function startRabbitMq({ deny }: { deny: string }): Promise<RabbitMq> {
  const folder = await mkdtemp(join(tmpdir(), 'rabbitmq-'));
  const [port, amqp, epmd, distribution] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  await writeFile(join(folder, 'plugins'), '[rabbitmq_mqtt].');
  await writeFile(
    join(folder, 'rabbit.conf'),
    `mqtt.listeners.tcp.1 = 127.0.0.1:${port}\nmqtt.allow_anonymous = false\nloopback_users = none\n`,
  );
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    RABBITMQ_NODENAME: `cspcam${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(amqp),
    RABBITMQ_DIST_PORT: String(distribution),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(epmd),
    RABBITMQ_MNESIA_BASE: join(folder, 'db'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbit'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  };
  const control = (...args: string[]) =>
    promisify(execFile)(join(FOLDER, 'rabbitmqctl'), ['-n', env.RABBITMQ_NODENAME, ...args], { env });
  // A group of its own: what it starts ends with it.
  const child: ChildProcess = spawn(RABBITMQ, [], { env, stdio: 'ignore', detached: true });
  const close = async () => {
    await control('stop').catch(() => {});
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await promisify(execFile)('epmd', ['-port', String(epmd), '-kill']).catch(() => {});
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await listening(port, child);
    const topic = deny.replaceAll('/', '.').replaceAll('.', '\\.');
    await control('set_topic_permissions', 'guest', 'amq.topic', `^(?!${topic}$)`, '.*');
  } catch (error) {
    await close();
    throw error;
  }
  return { port, url: `mqtt://guest:guest@127.0.0.1:${port}`, close };
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`rabbitmq-server ended with exit code ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await wait(100);
  }
}
