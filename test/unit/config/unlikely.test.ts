// A configuration that will do -> what in it is likely a mistake all the same.

import { expect, test } from 'vitest';
import { complete, configFile } from '../../../agent/config/schema.js';
import { unlikelyIn } from '../../../agent/config/unlikely.js';

const zone = {
  points: [
    [0, 0],
    [1, 0],
    [1, 1],
  ],
};
const source = 'rtsp://camera.local/stream';
const ON = { enabled: true };
const yard = { source, zones: { yard: zone } };
const street = { source, zones: { street: zone, lane: zone } };

test.each<[what: string, keys: object, mistakes: readonly string[]]>([
  ['no clips', { clips: { zones: ['none'] }, cameras: { yard } }, []],
  ['clips of all zones', { clips: ON, cameras: { yard } }, []],
  [
    'a zone that one of the cameras has',
    { clips: { ...ON, zones: ['lane'] }, cameras: { yard, street } },
    [],
  ],
  [
    'a zone that no camera has',
    { clips: { ...ON, zones: ['yrad', 'lane'] }, cameras: { yard, street } },
    [
      'clips.zones: one of the zones of the cameras with clips (yard, street, lane), yrad, did you mean yard?',
    ],
  ],
  [
    'a zone of a camera without clips',
    {
      clips: { ...ON, zones: ['yard'] },
      cameras: { yard: { ...yard, clips: { enabled: false } }, street },
    },
    ['clips.zones: one of the zones of the cameras with clips (street, lane), yard'],
  ],
  [
    'a zone of a camera that names others',
    {
      clips: { ...ON, zones: ['yard'] },
      cameras: { yard: { ...yard, clips: { zones: ['yard'] } }, street },
    },
    ['clips.zones: one of the zones of the cameras with clips (street, lane), yard'],
  ],
  [
    'all cameras name their own',
    { clips: { ...ON, zones: ['x'] }, cameras: { yard: { ...yard, clips: { zones: ['yard'] } } } },
    [],
  ],
  [
    'of one camera',
    { cameras: { yard, street: { ...street, clips: { ...ON, zones: ['stret', 'yard'] } } } },
    [
      'cameras.street.clips.zones: one of the zones of the camera (street, lane), stret, did you mean street?',
      'cameras.street.clips.zones: one of the zones of the camera (street, lane), yard',
    ],
  ],
  [
    'a camera without zones',
    { cameras: { door: { source, clips: { ...ON, zones: ['yard'] } } } },
    ['cameras.door.clips.zones: one of the zones of the camera (none), yard'],
  ],
])('zones of clips: %s', (_, keys, mistakes) => {
  const file = configFile.parse({ device: 'porch', mqtt: { url: 'mqtt://broker' }, ...keys });
  const problems = unlikelyIn(complete(file));
  expect(problems.map(({ key, expected, received }) => `${key}: ${expected}, ${received}`)).toEqual(mistakes);
});
