// A name with two addresses, as of hosts with IPv6, and a camera that listens at one of them -> connected to.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const PROGRAM = new URL('../../../dist/pipelines/relay/camera-socket.js', import.meta.url).href;
const CONNECT = `
  const { openSocket } = await import(${JSON.stringify(PROGRAM)});
  const socket = await openSocket({ host: 'camera.test', port: Number(process.argv[1]), allowsBasic: false });
  console.log(socket.remoteAddress);
  socket.destroy();`;

// Names are those of a file that a root may lay over the machine's own, for one process.
test.skipIf(process.getuid?.() !== 0)('the first of them is not the end of it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'names-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const hosts = join(folder, 'hosts');
  await writeFile(hosts, '127.0.0.2 camera.test\n::1 camera.test\n127.0.0.1 camera.test\n');
  const server = createServer();
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const within = 'mount --bind "$1" /etc/hosts && exec "$2" --input-type=module -e "$3" "$4"';
  const args = [hosts, process.execPath, CONNECT, `${port}`];
  const { stdout } = await promisify(execFile)('unshare', ['--mount', 'sh', '-c', within, 'sh', ...args]);
  expect(stdout.trim()).toBe('127.0.0.1');
});
