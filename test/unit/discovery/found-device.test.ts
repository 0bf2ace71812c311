// What a device told, true or not -> what is believed of it, and what is said of the rest.

import { expect, test } from 'vitest';
import { answerOf } from '../../../agent/discovery/answers.js';
import { foundDevice } from '../../../agent/discovery/found-device.js';

const HOST = '192.168.1.5';

const profile = { $: { token: 'a' }, name: 'Main', videoEncoderConfiguration: { encoding: 'H264' } };
const told = (uri: unknown) =>
  foundDevice({ information: {}, services: [], profiles: [profile], streams: [{ uri }] }, [
    HOST,
    'porch.local',
    'fe80::1',
  ]);

test.each<[given: string, taken: string]>([
  ['rtsp://192.168.1.5/main', 'rtsp://192.168.1.5/main'],
  ['rtsp://192.168.1.5:8554/a?channel=1&subtype=0', 'rtsp://192.168.1.5:8554/a?channel=1&subtype=0'],
  ['rtsps://porch.local/main', 'rtsps://porch.local/main'],
  ['rtsp://[fe80::1]:554/main', 'rtsp://[fe80::1]:554/main'],
  ['rtsp://user:pass@192.168.1.5/main#x', 'rtsp://192.168.1.5/main'],
])('a stream at %s', (given, taken) => {
  expect(told(given)).toMatchObject({ streams: [{ address: taken }], notes: [] });
});

test.each<[given: unknown, note: string]>([
  ['rtsp://192.168.1.6/main', 'an address of another host, 192.168.1.6: not contacted'],
  ['rtsp://192.168.1.5:1@evil.example/', 'an address of another host, evil.example: not contacted'],
  ['rtsp://192.168.1.5.evil.example/', 'an address of another host, 192.168.1.5.evil.example: not contacted'],
  ['rtsp://localhost/main', 'an address of another host, localhost: not contacted'],
  ['rtsp://3232235781/main', 'an address of another host, 3232235781: not contacted'],
  ['rtsp://0.0.0.0/main', 'an address of another host, 0.0.0.0: not contacted'],
  ['http://192.168.1.5/main', 'an address that is not RTSP (http:)'],
  ['file:///etc/passwd', 'an address that is not RTSP (file:)'],
  ['gst:filesrc location=/etc/passwd ! fakesink', 'an address that is none'],
  ['gst:filesrc', 'an address that is not RTSP (gst:)'],
  ['rtsp://192.168.1.5/\u009b31m', 'an address that is none'],
  ['rtsp://192.168.1.5/\u202ea', 'an address that is none'],
  ['rtsp://192.168.1.5/a\nevil: true', 'an address that is none'],
  ['rtsp://192.168.1.5/"', 'an address that is none'],
  [`rtsp://192.168.1.5/${'a'.repeat(2000)}`, 'an address that is none'],
  ['rtsp://', 'an address that is none'],
  ['', 'an address that is none'],
  ['soon', 'an address that is none'],
  [5, 'an address that is none'],
  [undefined, 'no address'],
  [{ a: 'rtsp://192.168.1.5/' }, 'no address'],
])('no stream at %j', (given, note) => {
  expect(told(given)).toMatchObject({ streams: [], notes: [`Main: ${note}`] });
});

test.each<[ahead: number | undefined, seconds: number | undefined]>([
  [undefined, undefined],
  [4000, undefined],
  [-7_200_000, -7200],
  [86_400_000, 86_400],
])('a clock %i ms ahead', (clockAheadMs, seconds) => {
  const facts = { clockAheadMs, information: {}, services: [], profiles: [], streams: [] };
  expect(foundDevice(facts, [HOST]).clockAheadSeconds).toBe(seconds);
});

test('services at other hosts are named, each once', () => {
  const services = ['http://10.0.0.1/a', 'http://10.0.0.1/b', `http://${HOST}/c`, undefined, 7, 'nonsense'];
  const facts = { information: {}, services, profiles: [], streams: [] };
  expect(foundDevice(facts, [HOST]).notes).toEqual([
    'it names a service at another host, 10.0.0.1: not contacted',
  ]);
});

const answer = (XAddrs: unknown, scopes: unknown = '') =>
  answerOf({ probeMatches: { probeMatch: { XAddrs, scopes } } }, HOST);

test.each<[addresses: unknown, service: object | undefined, foreignHosts: string[]]>([
  [
    `http://${HOST}/onvif/device_service`,
    { host: HOST, port: 80, path: '/onvif/device_service', encrypted: false },
    [],
  ],
  [
    `http://169.254.3.4/a http://${HOST}:8080/b http://[fe80::2]/c`,
    { host: HOST, port: 8080, path: '/b', encrypted: false },
    ['169.254.3.4', 'fe80::2'],
  ],
  [`http://${HOST}/a https://${HOST}/a`, { host: HOST, port: 443, path: '/a', encrypted: true }, []],
  [{ _: `http://${HOST}/a`, $: {} }, { host: HOST, port: 80, path: '/a', encrypted: false }, []],
  ['http://evil.example/a', undefined, ['evil.example']],
  [`ftp://${HOST}/a nonsense http://`, undefined, []],
  [7, undefined, []],
  [undefined, undefined, []],
])('an answer with %j', (addresses, service, foreignHosts) => {
  expect(answer(addresses)).toMatchObject({ from: HOST, service, foreignHosts });
});

test.each<[scopes: unknown, name: string | undefined]>([
  ['onvif://www.onvif.org/name/Front%20door onvif://www.onvif.org/hardware/Eye2', 'Front door Eye2'],
  ['onvif://www.onvif.org/name/Acme-Eye2 onvif://www.onvif.org/hardware/Eye2', 'Acme-Eye2'],
  ['onvif://www.onvif.org/name/%9b31m%E0', '%9b31m%E0'],
  ['onvif://www.onvif.org/name/%1B[31mred', 'red'],
  ['onvif://www.onvif.org/type/video_encoder', undefined],
  [['onvif://www.onvif.org/name/a'], undefined],
])('scopes %j', (scopes, name) => {
  expect(answer('', scopes).name).toBe(name);
});

test.each([
  [undefined],
  [null],
  [7],
  ['text'],
  [[]],
  [{ probeMatches: [] }],
  [{ probeMatches: { probeMatch: 1 } }],
])('an answer that is %j', (data) => {
  expect(answerOf(data, HOST)).toEqual({ from: HOST, name: undefined, service: undefined, foreignHosts: [] });
});
