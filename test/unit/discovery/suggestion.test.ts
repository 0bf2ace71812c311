// Devices that were found -> the cameras that are suggested, as a configuration reads them.

import { expect, test } from 'vitest';
import { camerasYaml } from '../../../agent/config/cameras-yaml.js';
import { loadConfig } from '../../../agent/config/load.js';
import type { FoundDevice, FoundStream } from '../../../agent/discovery/found-device.js';
import { shownAddress, suggestedCameras } from '../../../agent/discovery/suggestion.js';
import { configFile } from '../config/files.js';

const stream = (
  address: string,
  width = 640,
  height = 360,
  codec = 'H264',
  videoSource = '1',
): FoundStream => ({
  name: address,
  videoSource,
  codec,
  width,
  height,
  address: `rtsp://10.0.0.1/${address}`,
});
const device = (streams: readonly FoundStream[], more: Partial<FoundDevice> = {}): FoundDevice => ({
  address: '10.0.0.1:80',
  streams,
  notes: [],
  ...more,
});

const MAIN = stream('main', 2688, 1520, 'H265');

test.each<[name: string, streams: FoundStream[], source: string, detect: string | undefined]>([
  ['one stream', [MAIN], 'main', undefined],
  ['the larger first or last', [stream('sub'), MAIN], 'main', 'sub'],
  [
    'the smallest that is wide enough',
    [MAIN, stream('mid', 1280, 720), stream('sub'), stream('tiny', 320, 180)],
    'main',
    'sub',
  ],
  [
    'the widest of those that are not',
    [MAIN, stream('tiny', 320, 180), stream('tinier', 160, 90)],
    'main',
    'tiny',
  ],
  ['H.264 before H.265', [MAIN, stream('sub', 640, 360, 'H265'), stream('mid', 704, 576)], 'main', 'mid'],
  ['two of one size', [MAIN, { ...MAIN, address: 'rtsp://10.0.0.1/again' }], 'main', undefined],
  ['a smaller one at the same address', [MAIN, stream('main')], 'main', undefined],
  ['of which there is another', [MAIN, stream('main'), stream('mid', 704, 576)], 'main', 'mid'],
  ['one of another kind', [MAIN, stream('metadata', 640, 360, 'VND.ONVIF.METADATA')], 'main', undefined],
  ['without sizes', [{ name: 'a', videoSource: '', address: 'rtsp://10.0.0.1/a' }], 'a', undefined],
])('%s', (_, streams, source, detect) => {
  const [camera] = Object.values(suggestedCameras([device(streams)]));
  expect(camera).toEqual({
    source: `rtsp://10.0.0.1/${source}`,
    ...(detect !== undefined && { detect: `rtsp://10.0.0.1/${detect}` }),
  });
});

test('nothing that is played: no camera', () => {
  expect(suggestedCameras([device([stream('a', 640, 360, 'VP9')]), device([])])).toEqual({});
});

test('each id once, as a configuration takes it', async () => {
  const names = [
    'Front door',
    'front-DOOR',
    '',
    '../../etc',
    '-_-',
    'é'.repeat(99),
    'A'.repeat(99),
    '__proto__',
    '4',
  ];
  const devices = names.map((name) => device([MAIN], { name }));
  const cameras = suggestedCameras([...devices, device([MAIN], { model: 'Eye 2' })]);
  expect(Object.keys(cameras)).toHaveLength(names.length + 1);
  const text = `device: porch\nmqtt: { url: "mqtt://127.0.0.1:1883" }\ncameras:\n${camerasYaml(cameras)}\n`;
  expect(Object.keys((await loadConfig(configFile(text))).cameras).sort()).toEqual(
    Object.keys(cameras).sort(),
  );
});

const login = { user: 'a:b@c', password: 'p/w#1' };

test.each<[path: string, shown: string, source: string]>([
  ['main', 'main', 'main'],
  ['a?user=x&pass=p/w#1', 'a?user=x&pass=***', 'a?user=x&pass=***'],
  ['a?password=p%2Fw%231', 'a?password=***', `a?password=\${CAMERA_PASSWORD}`],
  [
    'user=a_password=tlJwpbo6_channel=1.sdp',
    'user=a_password=***_channel=1.sdp',
    'user=a_password=***_channel=1.sdp',
  ],
  [`\${HOME}/$\${A}`, `\${HOME}/$\${A}`, `$\${HOME}/$$\${A}`],
])('an address with %s', (path, shown, source) => {
  const one = stream(path);
  expect(shownAddress(one.address, login)).toBe(`rtsp://10.0.0.1/${shown}`);
  expect(Object.values(suggestedCameras([device([one])], login))[0]?.source).toBe(
    `rtsp://a%3Ab%40c:\${CAMERA_PASSWORD}@10.0.0.1/${source}`,
  );
});
