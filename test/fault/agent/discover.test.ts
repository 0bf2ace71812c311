// Devices that lie, flood and dawdle -> one line each from `cspcam cameras discover`, nothing contacted that is not theirs,
// and the honest device beside them found.

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { namedService } from '../../../agent/cli/cameras/named-service.js';
import { deviceText } from '../../../agent/cli/cameras/text.js';
import { loadConfig } from '../../../agent/config/load.js';
import { ask } from '../../../agent/discovery/discover.js';
import { Cspcam, type Finished } from '../../support/cspcam.js';
import { inTurn } from '../../support/multicast-turn.js';
import { envelope, OnvifDevice, type OnvifDeviceOptions, STREAMS } from '../../support/onvif-device.js';
import { configFile } from '../../unit/config/files.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function device(options: OnvifDeviceOptions): Promise<OnvifDevice> {
  const started = await OnvifDevice.start({ login: { user: 'admin', password: 'se3cret' }, ...options });
  closing.push(() => started.close());
  return started;
}

/** One that must not be contacted. */
async function elsewhere(): Promise<{ host: string; connections: () => number }> {
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections++;
    socket.destroy();
  }).listen(0, '127.0.0.9');
  await once(server, 'listening');
  closing.push(() => server.close());
  return { host: `127.0.0.9:${(server.address() as AddressInfo).port}`, connections: () => connections };
}

function discover(args: readonly string[]): Promise<Finished> {
  const given = ['cameras', 'discover', '--user', 'admin', ...args];
  return new Cspcam(given, { CAMERA_PASSWORD: 'se3cret' }).finished();
}

type Answer = NonNullable<OnvifDeviceOptions['answer']>;
const forEach =
  (operation: string, made: (usual: string) => ReturnType<Answer>): Answer =>
  (asked, usual) =>
    asked === operation ? made(usual) : usual;

/** Whatever is asked of it. */
const endless = (response: ServerResponse) => {
  response.writeHead(200, { 'Content-Type': 'application/soap+xml' });
  response.write('<s:Envelope>');
  const more = () => {
    while (!response.destroyed && response.write('a'.repeat(1 << 16)));
  };
  response.on('drain', more);
  more();
};
const trickling = (response: ServerResponse) => {
  response.writeHead(200, { 'Content-Type': 'application/soap+xml' });
  const timer = setInterval(() => response.write(' '), 50);
  response.on('close', () => clearInterval(timer));
};

const BOMB = `<?xml version="1.0"?><!DOCTYPE s:Envelope [<!ENTITY a "${'lol'.repeat(100)}">${Array.from(
  { length: 9 },
  (_, i) => `<!ENTITY ${'bcdefghij'[i]} "${`&${'abcdefghi'[i]};`.repeat(10)}">`,
).join('')}]>`;
const FILE = '<?xml version="1.0"?><!DOCTYPE s:Envelope [<!ENTITY a SYSTEM "file:///etc/passwd">]>';

const LATE = /it did not say all within 1 s/;

test.each<[name: string, answer: Answer, line: RegExp]>([
  ['an answer without end', () => endless, /expected at most 262144 bytes for an answer of the device/],
  ['an answer that never ends, byte by byte', () => trickling, LATE],
  ['silence', () => () => {}, LATE],
  ['an answer that its reader takes the square of its length for', () => 'xmlns'.repeat(50_000), LATE],
  [
    'a connection that breaks within an answer',
    () => (response) => {
      response.writeHead(200, { 'Content-Length': 1000 });
      response.write('<s:Envelope>', () => response.destroy());
    },
    /what it said could not be read/,
  ],
  [
    'entities of entities',
    forEach('GetDeviceInformation', () => envelope('<m>&j;</m>').replace(/^<\?xml[^>]*>/, BOMB)),
    /Wrong ONVIF SOAP response/,
  ],
  [
    'an entity that is a file',
    forEach('GetDeviceInformation', () => envelope('<m>&a;</m>').replace(/^<\?xml[^>]*>/, FILE)),
    /Wrong ONVIF SOAP response/,
  ],
  ['no XML', () => 'not XML', /Wrong ONVIF SOAP response/],
  ['nothing', () => '', /Wrong ONVIF SOAP response/],
  ['elements without end', () => envelope('<a>'.repeat(60_000)), /Wrong ONVIF SOAP response/],
  [
    'a deep answer',
    () => envelope('<a>'.repeat(30_000) + '</a>'.repeat(30_000)),
    /what it said could not be read/,
  ],
  [
    'another answer than was asked for',
    () => envelope('<tds:GetHostnameResponse/>'),
    /what it said could not be read/,
  ],
  [
    'a fault that steers the terminal',
    () =>
      envelope(
        '<s:Fault><s:Reason><s:Text xml:lang="en">&#x9b;2J&#x202e;\u009b31m gone</s:Text></s:Reason></s:Fault>',
      ),
    /gone/,
  ],
])('%s: one line, within its time', async (_, answer, line) => {
  const { host } = await device({ answer });
  const limitMs = line === LATE ? 1000 : 100_000;
  const credentials = { user: 'admin', password: 'se3cret' };
  const options = { hosts: ['127.0.0.1'], credentials, limitMs };
  const found = await ask(namedService(host), options, new AbortController().signal);
  const out = deviceText(found, credentials);
  expect(out).toMatch(line);
  expect(out.trim().split('\n')).toHaveLength(2);
  expectPlain(out);
  expect(out).not.toContain('root:');
});

test('texts of a device: short, on one line, without what steers a terminal', async () => {
  const evil = `\u009b31m&#x202e;eci&#10;v${'e'.repeat(5000)}`;
  const streams = STREAMS.map((stream) => ({ ...stream, name: `${evil}"name` }));
  const { host } = await device({ make: evil, model: evil, streams });
  const { code, out } = await discover(['--host', host]);
  expect(code).toBe(0);
  expectPlain(out);
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThan(500);
  expect(out.split('\n').length).toBeLessThan(10);
});

test('a stream at another host is named and not taken', async () => {
  const foreign = await elsewhere();
  const streams = [{ ...STREAMS[0]!, uri: `rtsp://127.0.0.1:1@${foreign.host}/main` }, STREAMS[1]!];
  const { host } = await device({ streams });
  const { code, out } = await discover(['--host', host]);
  expect(code).toBe(0);
  expect(out).toContain('MainStream: an address of another host, 127.0.0.9: not contacted');
  expect(out.match(/source: .*/g)).toEqual([`source: "rtsp://admin:\${CAMERA_PASSWORD}@127.0.0.1:554/sub"`]);
  expect(foreign.connections()).toBe(0);
});

test('the environment is not for a device to read, nor does it write into the configuration', async () => {
  const uri = `rtsp://user:pass@127.0.0.1:554/a?b=\${MQTT_PASSWORD}&password=theirs&c=se3cret&d=%22#x`;
  const { host } = await device({ streams: [{ ...STREAMS[0]!, uri }] });
  const { out } = await discover(['--host', host, '--yaml']);
  expect(out).not.toMatch(/theirs|se3cret|user:pass/);
  const text = `device: porch\nmqtt: { url: "mqtt://127.0.0.1:1883" }\ncameras:\n${out}`;
  const { cameras } = await loadConfig(configFile(text), {
    CAMERA_PASSWORD: 'mine',
    MQTT_PASSWORD: 'broker',
  });
  expect(Object.values(cameras).map(({ source }) => source)).toEqual([
    `rtsp://admin:mine@127.0.0.1:554/a?b=\${MQTT_PASSWORD}&password=***&c=mine&d=%22`,
  ]);
});

test('a service at another host is named, and its own host asked', async () => {
  const foreign = await elsewhere();
  const { host } = await device({
    answer: forEach('GetServices', (usual) =>
      usual.replace(
        /<tds:XAddr>http:\/\/[^/]*\/onvif\/media/,
        `<tds:XAddr>http://${foreign.host}/onvif/media`,
      ),
    ),
  });
  const { out } = await discover(['--host', host]);
  expect(out).toContain('it names a service at another host, 127.0.0.9: not contacted');
  expect(out).toContain('rtsp://127.0.0.1:554/main');
  expect(foreign.connections()).toBe(0);
});

test('a call that is answered with lies: named, nothing contacted, and the honest one is found', async () => {
  const foreign = await elsewhere();
  const xmlns = Buffer.from('xmlns'.repeat(12_000));
  const junk = [
    Buffer.alloc(60_000, 'a'),
    xmlns,
    Buffer.from(envelope('<d:ProbeMatches/>')),
    Buffer.alloc(1),
  ];
  const honest = await device({ address: '127.0.0.5' });
  const liars = [
    await device({ address: '127.0.0.6', answersWith: `http://${foreign.host}/onvif/device_service` }),
    await device({
      address: '127.0.0.7',
      answersWith: 'file:///etc/passwd http:// \u009b31m',
      datagrams: junk,
    }),
  ];
  const { code, out, err } = await inTurn(async () => {
    for (const one of [...liars, honest]) await one.listen();
    return discover(['--interface', 'lo', '--timeout', '4']);
  });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain(
    '127.0.0.6  Front door Eye2\n  it names a service at another host, 127.0.0.9: not contacted',
  );
  expect(out).toContain('127.0.0.7  Front door Eye2\n  no service at its own address');
  expect(out).toContain('rtsp://127.0.0.5:554/main');
  expectPlain(out);
  expect(foreign.connections()).toBe(0);
  expect(liars.map(({ received }) => received)).toEqual(['', '']);
});

function expectPlain(text: string): void {
  expect(stripVTControlCharacters(text)).toBe(text);
  expect(text).not.toMatch(/\p{Cf}|(?!\n)\p{Cc}/u);
}
