// What listens at the address, and how it is spoken to -> the line that names the likely mistake, at the first try.

import { mkdtemp } from 'node:fs/promises';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MqttConfig } from '../../../agent/config/schema.js';
import { never } from '../../support/ending.js';
import { freePort, type Mosquitto, makeCertificates, startMosquitto } from '../../support/mosquitto.js';
import { makePublisher } from '../../support/publisher.js';

const ports: Record<string, number> = {};
const closing: (() => unknown)[] = [];
let ca: string;

beforeAll(async () => {
  const certificates = await makeCertificates(await mkdtemp(join(tmpdir(), 'first-try-')));
  ca = certificates.ca;
  const webSocket = await freePort();
  const clients = await freePort();
  const settings = [
    ...[`listener ${webSocket} 127.0.0.1`, 'protocol websockets'],
    ...[`listener ${clients} 127.0.0.1`, 'require_certificate true', `cafile ${ca}`],
    ...[`certfile ${certificates.cert}`, `keyfile ${certificates.key}`],
  ];
  const plain: Mosquitto = await startMosquitto({ settings });
  const tls = await startMosquitto({ certificates });
  closing.push(plain.close, tls.close);
  Object.assign(ports, { plain: plain.port, tls: tls.port, webSocket, clients });
  ports.http = await listen(createHttp((_, response) => response.writeHead(404).end()));
  ports.amqp = await listen(createServer((socket) => answers(socket, 'AMQP\0\0\x09\x01')));
  ports.alert = await listen(createServer((socket) => answers(socket, '\x15\x03\x03\0\x02\x02\x46')));
  ports.ssh = await listen(createServer((socket) => answers(socket, 'SSH-2.0-OpenSSH_9.2\r\n')));
  ports.closes = await listen(createServer((socket) => socket.once('data', () => socket.end())));
  ports.nothing = await freePort();
});
afterAll(async () => {
  for (const close of closing) await close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

function answers(socket: Socket, text: string): void {
  socket.on('error', () => {}).write(text);
}

const scheme = '(mqtts:// speaks TLS, ws:// and wss:// WebSockets)';
const cases: [scheme: string, at: string, path: string, line: string][] = [
  ['mqtt', 'nothing', '', 'expected a broker for URL, received a refusal: nothing listens there'],
  [
    'mqtt',
    'tls',
    '',
    `expected an answer for URL, received a connection that was closed without one ${scheme}`,
  ],
  ['mqtt', 'http', '', `expected MQTT for URL, received an HTTP answer ${scheme}`],
  ['mqtt', 'webSocket', '', `expected MQTT for URL, received an HTTP answer ${scheme}`],
  ['mqtt', 'amqp', '', `expected MQTT for URL, received an AMQP answer ${scheme}`],
  ['mqtt', 'alert', '', `expected MQTT for URL, received a TLS answer ${scheme}`],
  ['mqtt', 'ssh', '', `expected MQTT for URL, received an SSH answer ${scheme}`],
  [
    'mqtt',
    'closes',
    '',
    `expected an answer for URL, received a connection that was closed without one ${scheme}`,
  ],
  ['mqtts', 'plain', '', 'expected TLS for URL, received none (without TLS it is mqtt:// or ws://)'],
  ['mqtts', 'http', '', 'expected TLS for URL, received none (without TLS it is mqtt:// or ws://)'],
  ['mqtts', 'clients', '', 'expected a client certificate that the broker accepts for mqtt.tls.cert at '],
  [
    'ws',
    'plain',
    '/mqtt',
    'expected a WebSocket of MQTT for URL, received read ECONNRESET (the path is /mqtt or /ws in most places)',
  ],
  [
    'ws',
    'http',
    '/mqtt',
    'expected a WebSocket of MQTT for URL, received Unexpected server response: 404 (the path is /mqtt or /ws in most places)',
  ],
  ['wss', 'plain', '/mqtt', 'expected TLS for URL, received none (without TLS it is mqtt:// or ws://)'],
];

test.each(cases)('%s:// to %s', async (scheme, at, path, line) => {
  const url = `${scheme}://127.0.0.1:${ports[at]}${path}`;
  const tls: Partial<MqttConfig> =
    scheme.endsWith('s') && scheme !== 'ws' ? { tls: { ca, rejectUnauthorized: true } } : {};
  // A wait that is longer than the test: one try, or two where the first may have been for the version of MQTT.
  const made = makePublisher(url, tls, { backoff: { firstMs: 3_600_000, longestMs: 3_600_000 } });
  await made.publisher.start(never);
  const failed = await made.event(() => true);
  await made.publisher.stop();
  if (failed.status !== 'retrying') throw new Error('expected a failure');
  expect(failed.failure.message.slice(0, line.replace('URL', `mqtt.url ${url}`).length)).toBe(
    line.replace('URL', `mqtt.url ${url}`),
  );
  expect(failed.attempt).toBe(1);
});

test.each([
  ['mqtt', 'plain', ''],
  ['mqtts', 'tls', ''],
  ['ws', 'webSocket', '/mqtt'],
])('%s:// to %s is right', async (scheme, at, path) => {
  const tls = scheme === 'mqtts' ? { tls: { ca, rejectUnauthorized: true } } : {};
  const made = makePublisher(`${scheme}://127.0.0.1:${ports[at]}${path}`, tls);
  await made.publisher.start(never);
  expect(await made.event(() => true)).toMatchObject({ status: 'connected', protocol: '5' });
  await made.publisher.stop();
});
