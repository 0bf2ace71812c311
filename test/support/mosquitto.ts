// Options -> a real Mosquitto on a port of its own, with passwords or TLS where asked for.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface MosquittoOptions {
  readonly user?: { readonly name: string; readonly password: string };
  /** An access list (`acl_file`) and its users, who all have this password. */
  readonly access?: { readonly list: string; readonly users: readonly string[]; readonly password: string };
  readonly certificates?: Certificates;
  readonly port?: number;
  /** Lines of an access list for clients without a user. */
  readonly rules?: readonly string[];
  /** More lines of the configuration. */
  readonly settings?: readonly string[];
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** A command that runs it in its place, as in a network of its own. */
  readonly within?: readonly string[];
}

export interface Mosquitto {
  readonly port: number;
  readonly url: string;
  /** Ends it and keeps its folder; `restart()` brings it back on the same port, without what it retained. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
  /** SIGSTOP: it keeps its connections and reads nothing. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const folder = await mkdtemp(join(tmpdir(), 'mosquitto-'));
  // Mosquitto started as root gives its rights up and must still read its files.
  await chmod(folder, 0o755);
  const port = options.port ?? (await freePort());
  const { address = '127.0.0.1' } = options;
  const file = join(folder, 'mosquitto.conf');
  await writeFile(file, await configuration(folder, port, options));
  let child: ChildProcess | undefined;

  const start = async () => {
    const [program, ...before] = [...(options.within ?? []), 'mosquitto'] as const;
    const started = spawn(program!, [...before, '-c', file], {
      stdio: 'ignore',
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    });
    child = started;
    await listening(address, port, () => started.exitCode);
  };
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    running.kill('SIGCONT');
    running.kill(signal);
    await once(running, 'exit');
  };
  await start();
  return {
    port,
    url: `${options.certificates ? 'mqtts' : 'mqtt'}://${address}:${port}`,
    stop,
    restart: async () => {
      await stop();
      await start();
    },
    freeze: () => child?.kill('SIGSTOP'),
    thaw: () => child?.kill('SIGCONT'),
    close: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** QoS 1: it does not overtake what the broker still holds back for a subscriber. */
export async function mosquittoPub(port: number, topic: string, message: string): Promise<void> {
  await run('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(port), '-q', '1', '-t', topic, '-m', message]);
}

async function configuration(folder: string, port: number, options: MosquittoOptions): Promise<string> {
  const lines = [
    `listener ${port} ${options.address ?? '127.0.0.1'}`,
    'persistence false',
    `allow_anonymous ${!(options.user || options.access)}`,
  ];
  if (options.user) {
    const file = join(folder, 'passwords');
    await run('mosquitto_passwd', ['-b', '-c', file, options.user.name, options.user.password]);
    await chmod(file, 0o644);
    lines.push(`password_file ${file}`);
  }
  if (options.access) {
    const { list, users, password } = options.access;
    const [passwords, acl] = [join(folder, 'passwords'), join(folder, 'acl')];
    await writeFile(passwords, '');
    for (const user of users) await run('mosquitto_passwd', ['-b', passwords, user, password]);
    await writeFile(acl, list);
    await Promise.all([chmod(passwords, 0o644), chmod(acl, 0o644)]);
    lines.push(`password_file ${passwords}`, `acl_file ${acl}`);
  }
  if (options.certificates) {
    const { ca, cert, key } = options.certificates;
    lines.push(`cafile ${ca}`, `certfile ${cert}`, `keyfile ${key}`);
  }
  if (options.rules) {
    const file = join(folder, 'rules');
    await writeFile(file, `${options.rules.join('\n')}\n`);
    await chmod(file, 0o644);
    lines.push(`acl_file ${file}`);
  }
  return `${[...lines, ...(options.settings ?? [])].join('\n')}\n`;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listening(address: string, port: number, exitCode: () => number | null): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    if (exitCode() !== null) throw new Error(`mosquitto ended with exit code ${exitCode()}`);
    const socket = connect(port, address);
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await wait(50);
  }
  throw new Error(`mosquitto does not listen on port ${port}`);
}

export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of its own and a certificate for 127.0.0.1 and localhost, PEM files in `folder`. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => run('openssl', args);
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl(
    ...['req', '-x509', ...ec, '-days', '2', '-subj', '/CN=test authority'],
    ...['-keyout', at('ca.key'), '-out', at('ca.pem')],
  );
  await openssl(
    'req',
    ...ec,
    '-subj',
    '/CN=localhost',
    '-keyout',
    at('server.key'),
    '-out',
    at('server.csr'),
  );
  await writeFile(at('extensions'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  await openssl(
    ...['x509', '-req', '-days', '2', '-in', at('server.csr'), '-out', at('server.pem')],
    ...['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('extensions')],
  );
  await Promise.all([chmod(folder, 0o755), chmod(at('server.key'), 0o644)]);
  return { ca: at('ca.pem'), cert: at('server.pem'), key: at('server.key') };
}
