// Faulty configuration files -> the lines a user reads. Every bug leaves a row here.

import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../agent/config/load.js';
import { ConfigError } from '../../../agent/config/problem.js';
import { configFile, SMALLEST } from './files.js';

const ROOT_KEYS =
  'device, mqtt, model, models, profile, minScore, inference, secondLook, tracking, cameras, pictures, clips, requests, page, stats, log';
const CAMERA_KEYS =
  'source, detect, enabled, minScore, labels, secondLook, loop, stallTimeoutSeconds, keyFrameTimeoutSeconds, transport, tls, memoryLimitMegabytes, maxPictureSize, maxFps, motion, stationarySeconds, zones, lines, masks, pictures, clips';
const FILTER_KEYS = 'labels, minScore, minArea, maxArea, anchor';
const NAME =
  'of 1 to 63 lower case letters, digits, - and _, beginning with a letter or digit (it becomes part of MQTT topics)';

const withMqtt = (keys: string) => SMALLEST.replace('mqtt: {', `mqtt: { ${keys},`);
const withCamera = (keys: string) => SMALLEST.replace('door: {', `door: { ${keys},`);

const withZone = (keys: string) =>
  `${SMALLEST}    zones:\n      yard: { ${keys} }\n`.replace(
    '{ source: "rtsp://camera.local/stream" }',
    '\n    source: "test:ball"',
  );
const withLine = (keys: string) => withZone(keys).replace('zones', 'lines').replace('yard', 'gate');
const SQUARE = 'points: [[0, 0], [1, 0], [1, 1], [0, 1]]';

const corpus: [name: string, text: string, lines: string[]][] = [
  ['an empty file', '', ['c.yaml: expected keys such as device, mqtt and cameras, received an empty file']],
  [
    'only a comment',
    '# soon\n',
    ['c.yaml: expected keys such as device, mqtt and cameras, received an empty file'],
  ],
  ['a list', '- a\n', ['c.yaml:1:1: expected keys and values, received a list']],
  // It may be a file of passwords.
  ['a word', 'porch\n', ['c.yaml:1:1: expected keys and values, received text without keys']],
  ['a number', '123456\n', ['c.yaml:1:1: expected keys and values, received text without keys']],
  [
    'nothing in it',
    '{}\n',
    [
      'c.yaml:1:1: expected text for device, received nothing',
      'c.yaml:1:1: expected keys and values for mqtt, received nothing',
      'c.yaml:1:1: expected keys and values for cameras, received nothing',
    ],
  ],
  [
    'a mask that crosses itself, one of two points, one beyond the picture',
    withCamera(
      'masks: { privacy: [[[0, 0], [1, 1], [1, 0], [0, 1]], [[0, 0], [1, 1]], [[0, 0], [2, 0], [1, 1]]] }',
    ),
    [
      'c.yaml:4:30: expected a polygon whose edges neither cross nor touch, each point once for cameras.door.masks.privacy.0, received [[0,0],[1,1],[1,0],[0,1]]',
      'c.yaml:4:64: expected a list of at least 3 for cameras.door.masks.privacy.1, received [[0,0],[1,1]]',
      'c.yaml:4:92: expected a number of at most 1 for cameras.door.masks.privacy.2.1.0, received 2',
    ],
  ],
  [
    'a mask for objects without points',
    withCamera('masks: { objects: [{ labels: [car] }] }'),
    ['c.yaml:4:30: expected a list for cameras.door.masks.objects.0.points, received nothing'],
  ],
  [
    'pictures of another word',
    `${SMALLEST}pictures: { send: never }\n`,
    ['c.yaml:5:19: expected one of none, events, always for pictures.send, received never'],
  ],
  [
    'pictures of a camera with another key',
    withCamera('pictures: { keep: false }'),
    [
      'c.yaml:4:23: expected one of the keys send, retain, everySeconds, resolution for cameras.door.pictures, received keep',
    ],
  ],
  [
    'clips of a camera with privacy masks',
    `${withCamera(`masks: { privacy: [[[0, 0], [1, 0], [1, 1]]] }`)}clips: { enabled: true }\n`,
    [
      'c.yaml:4:3: expected false for a camera with masks.privacy, as nobody paints what it sends for cameras.door.clips.enabled, received nothing',
    ],
  ],
  [
    'the same where the camera says so itself, and one that is too short',
    `${withCamera('clips: { enabled: true }, masks: { privacy: [[[0, 0], [1, 0], [1, 1]]] }')}  yard: { source: "rtsp://b/s", clips: { enabled: true, maxSeconds: 10 } }\n`,
    [
      'c.yaml:4:29: expected false for a camera with masks.privacy, as nobody paints what it sends for cameras.door.clips.enabled, received true',
      'c.yaml:5:69: expected a number above beforeSeconds and afterSeconds together for cameras.yard.clips.maxSeconds, received 10',
    ],
  ],
  [
    'two that listen on one port, by their keys, by a default, on all addresses',
    `${SMALLEST}page: { port: 9465 }\nstats: { prometheus: { host: "0.0.0.0" } }\n`,
    ['c.yaml:6:10: expected another port than that of page for stats.prometheus.port, received nothing'],
  ],
  [
    'the page on the port of the broker',
    `${withMqtt('embeddedBroker: {}')}page: { port: 1883 }\nstats: { prometheus: { host: "::1", port: 8765 } }\n`,
    ['c.yaml:5:15: expected another port than that of mqtt.embeddedBroker for page.port, received 1883'],
  ],
  [
    'clips of something else',
    `${SMALLEST}clips: { of: [car], maxMegabytes: 1 }\n`,
    [
      'c.yaml:5:15: expected one of track, zone, line for clips.of.0, received car',
      'c.yaml:5:35: expected a number of at least 10 for clips.maxMegabytes, received 1',
    ],
  ],
  [
    'a smaller stream that is a recording',
    withCamera('detect: clip.mp4'),
    [
      'c.yaml:4:19: expected a stream of the network, beside a source that is one (rtsp, rtsps, http, https) for cameras.door.detect, received clip.mp4',
    ],
  ],
  [
    'a smaller stream beside a test pattern',
    withCamera('detect: "rtsp://joe:se3cret@camera.local/sub"').replace(
      'rtsp://camera.local/stream',
      'test:ball',
    ),
    [
      'c.yaml:4:19: expected a stream of the network, beside a source that is one (rtsp, rtsps, http, https) for cameras.door.detect, received rtsp://***@camera.local/sub',
    ],
  ],
  [
    'one stream as both',
    withCamera('detect: "rtsp://camera.local/stream"'),
    [
      'c.yaml:4:19: expected another stream than source for cameras.door.detect, received rtsp://camera.local/stream',
    ],
  ],
  ['a key twice', `${SMALLEST}device: barn\n`, ['c.yaml:5:1: expected each key once, received device again']],
  [
    'a camera twice',
    `${SMALLEST}  door: { source: "test:ball" }\n`,
    ['c.yaml:5:3: expected each key once, received door again'],
  ],
  [
    'an open bracket',
    'device: [porch\n',
    [
      'c.yaml:2:1: expected valid YAML, received flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  ],
  ['a tab', 'mqtt:\n\turl: x\n', ['c.yaml:2:1: expected spaces for indentation, received a tab']],
  [
    'a colon in text',
    'device: a: b\n',
    ['c.yaml:1:9: expected valid YAML, received nested mappings are not allowed in compact mappings'],
  ],
  [
    'two documents',
    `${SMALLEST}---\na: 1\n`,
    ['c.yaml:5:1: expected one document in the file, received a second one'],
  ],
  [
    'a name of nothing',
    withMqtt('username: a, password: *se3cret'),
    ['c.yaml:2:32: expected quotes around text that begins with * for mqtt.password, received none'],
  ],
  [
    'an unknown tag',
    withMqtt('username: a, password: !se3cret'),
    ['c.yaml:2:32: expected quotes around text that begins with !, received none'],
  ],
  [
    'a key of JavaScript',
    `${SMALLEST}  __proto__: { source: "test:ball" }\n`,
    ['c.yaml:5:3: expected another key for cameras, received __proto__'],
  ],
  [
    'a mistyped key',
    `${SMALLEST}minScor: 0.5\n`,
    [`c.yaml:5:1: expected one of the keys ${ROOT_KEYS}, received minScor, did you mean minScore?`],
  ],
  [
    'a source of an unknown kind',
    SMALLEST.replace('rtsp://camera.local/stream', 'ftp://camera.local'),
    [
      'c.yaml:4:19: expected a source: file:clip.mp4 (or a path), rtsp://user:password@camera/stream, rtsps://..., ' +
        'http://camera/video.mjpg, https://..., v4l2:/dev/video0, csi:0, - (standard input), test:ball?width=1280&height=720&fps=30&frames=100, or gst:videotestsrc is-live=true ! ... ' +
        'for cameras.door.source, received ftp://camera.local',
    ],
  ],
  [
    'a source with a wrong option',
    SMALLEST.replace('rtsp://camera.local/stream', 'test:ball?width=0'),
    ['c.yaml:4:19: expected a whole number above 0 for cameras.door.source, received test:ball?width=0'],
  ],
  [
    'an unknown key',
    `${SMALLEST}colour: red\n`,
    [`c.yaml:5:1: expected one of the keys ${ROOT_KEYS}, received colour`],
  ],
  [
    'a mistyped camera key',
    withCamera('lable: [cat]'),
    [
      `c.yaml:4:11: expected one of the keys ${CAMERA_KEYS} for cameras.door, received lable, did you mean labels?`,
    ],
  ],
  [
    'a device with a slash',
    SMALLEST.replace('porch', 'a/b'),
    [`c.yaml:1:9: expected a name ${NAME} for device, received a/b`],
  ],
  [
    'a device with capitals',
    SMALLEST.replace('porch', 'Porch'),
    [`c.yaml:1:9: expected a name ${NAME} for device, received Porch`],
  ],
  [
    'a wildcard as camera',
    SMALLEST.replace('door', '"#"'),
    [`c.yaml:4:3: expected a camera id ${NAME} for cameras, received #`],
  ],
  [
    'a number as device',
    SMALLEST.replace('porch', '12'),
    ['c.yaml:1:9: expected text for device, received 12 without quotes'],
  ],
  ['no value', `${SMALLEST}model:\n`, ['c.yaml:5:7: expected text for model, received an empty value']],
  [
    'no camera',
    SMALLEST.replace(/cameras:[\s\S]*/, 'cameras: {}\n'),
    ['c.yaml:3:10: expected at least one camera for cameras, received none'],
  ],
  [
    'no source',
    SMALLEST.replace(/source: .* }/, '}'),
    ['c.yaml:4:3: expected text for cameras.door.source, received nothing'],
  ],
  [
    'an empty source',
    SMALLEST.replace(/source: .* }/, 'source: "" }'),
    ['c.yaml:4:19: expected text that is not empty for cameras.door.source, received empty text'],
  ],
  [
    'a score too high',
    `${SMALLEST}minScore: 1.5\n`,
    ['c.yaml:5:11: expected a number of at most 1 for minScore, received 1.5'],
  ],
  [
    'a score in words',
    withCamera('minScore: high'),
    ['c.yaml:4:21: expected a number for cameras.door.minScore, received high'],
  ],
  [
    'a rate of nothing',
    withCamera('maxFps: 0'),
    ['c.yaml:4:19: expected a number above 0 for cameras.door.maxFps, received 0'],
  ],
  [
    'one label without a list',
    withCamera('labels: cat'),
    ['c.yaml:4:19: expected a list for cameras.door.labels, received cat'],
  ],
  [
    'a label that is none',
    withCamera('labels: [cat, 3]'),
    ['c.yaml:4:25: expected text for cameras.door.labels.1, received 3 without quotes'],
  ],
  [
    'no labels',
    withCamera('labels: []'),
    ['c.yaml:4:19: expected a list that is not empty for cameras.door.labels, received an empty list'],
  ],
  [
    'yes for true',
    withCamera('loop: yes'),
    ['c.yaml:4:17: expected true or false for cameras.door.loop, received yes'],
  ],
  [
    'threads of nothing',
    `${SMALLEST}inference: { threads: 0 }\n`,
    ['c.yaml:5:23: expected a number of at least 1 for inference.threads, received 0'],
  ],
  [
    'a level that is none',
    `${SMALLEST}log: { level: loud }\n`,
    ['c.yaml:5:15: expected one of debug, info, warn, error for log.level, received loud'],
  ],
  [
    'a password that slipped to another place',
    `${SMALLEST}  password: se3cret\n`,
    ['c.yaml:5:13: expected keys and values for cameras.password, received other text'],
  ],
  [
    'a broken file whose value became a key',
    'device: porch\nmqtt:\n  password: se3cret\n    url:\n      __proto__: 1\n',
    [
      'c.yaml:3:13: expected valid YAML, received nested mappings are not allowed in compact mappings',
      'c.yaml:5:7: expected another key, received __proto__',
    ],
  ],
  [
    'an empty key',
    `${SMALLEST}"": 1\n`,
    [`c.yaml:5:1: expected one of the keys ${ROOT_KEYS}, received empty text`],
  ],
  [
    'names of names of names',
    `${SMALLEST}${Array.from(
      { length: 12 },
      (_, i) =>
        `a${i}: &a${i} [${
          i === 0
            ? 'x'
            : Array(9)
                .fill(`*a${i - 1}`)
                .join(', ')
        }]\n`,
    ).join('')}`,
    ['c.yaml:6:10: expected each *name in at most 100 places, those within it included, received more'],
  ],
  [
    'lists in lists in lists',
    `${SMALLEST}model: ${'['.repeat(400)}${']'.repeat(400)}\n`,
    ['c.yaml:5:32: expected at most 25 levels, received more'],
  ],
  [
    'a book as a source',
    SMALLEST.replace('camera.local', 'a.'.repeat(3000)),
    ['c.yaml:4:19: expected text of at most 4096 for cameras.door.source, received text of 6014'],
  ],
  [
    'a book as a number',
    withCamera(`minScore: "${'x'.repeat(300)}"`),
    [`c.yaml:4:21: expected a number for cameras.door.minScore, received ${'x'.repeat(200)}...`],
  ],
  [
    'a book as a file',
    `${SMALLEST}#${'x'.repeat(2 ** 17)}\n`,
    ['c.yaml: expected at most 131072 bytes, received more'],
  ],
  [
    'a book as a key',
    `${SMALLEST}"${'x'.repeat(2000)}": 1\n`,
    ['c.yaml:5:1: expected a key of at most 1024 characters, received a longer one'],
  ],
  [
    'control characters stay on their line',
    withCamera('minScore: "a\\nb\\e[31m"'),
    ['c.yaml:4:21: expected a number for cameras.door.minScore, received a\\u000ab\\u001b[31m'],
  ],
  [
    'a path with a NUL',
    `${SMALLEST}model: "a\\0b"\n`,
    ['c.yaml:5:8: expected text without NUL characters for model, received a\\u0000b'],
  ],
  [
    'a port that there is not',
    SMALLEST.replace(':1883', ':99999'),
    [
      'c.yaml:2:14: expected an address whose host and port there can be, with %25 for a % in user and password for mqtt.url, received mqtt://127.0.0.1:99999',
    ],
  ],
  [
    'a plain % in a password',
    SMALLEST.replace('mqtt://', 'mqtt://me:50%@'),
    [
      'c.yaml:2:14: expected an address whose host and port there can be, with %25 for a % in user and password for mqtt.url, received mqtt://***@127.0.0.1:1883',
    ],
  ],
  [
    'a zone of too many points',
    withZone(`points: [${'[0, 0], '.repeat(257)}]`),
    [
      `c.yaml:7:23: expected a list of at most 256 for cameras.door.zones.yard.points, received ${'[0,0],'.repeat(50).slice(0, 199).replace(/^/, '[')}...`,
    ],
  ],
  [
    'an encoding that there is not',
    withMqtt('encodings: { axis: {} }'),
    ['c.yaml:2:22: expected one of the keys onvif, sparkplug for mqtt.encodings, received axis'],
  ],
  [
    'an ONVIF prefix with a wildcard',
    withMqtt('encodings: { onvif: { prefix: "site/+" } }'),
    [
      'c.yaml:2:39: expected letters, digits, - and _, in levels separated by single / (no +, # or spaces) for mqtt.encodings.onvif.prefix, received site/+',
    ],
  ],
  [
    'a Sparkplug group of two levels',
    withMqtt('encodings: { sparkplug: { group: a/b } }'),
    [
      'c.yaml:2:42: expected a group id of letters, digits, - and _ (it becomes part of MQTT topics) for mqtt.encodings.sparkplug.group, received a/b',
    ],
  ],
  [
    'half a port',
    withMqtt('embeddedBroker: { port: 1.5 }'),
    ['c.yaml:2:33: expected a whole number for mqtt.embeddedBroker.port, received 1.5'],
  ],
  ...['0.0.0.0', '192.168.1.7', 'porch.local', '127.0.0.1.example', '"::"'].map(
    (host): [string, string, string[]] => [
      `a broker for everybody at ${host}`,
      withMqtt(`embeddedBroker: { host: ${host} }`),
      [
        `c.yaml:2:33: expected username and password beside it, as others reach that address, or 127.0.0.1 for mqtt.embeddedBroker.host, received ${host.replaceAll('"', '')}`,
      ],
    ],
  ),
  [
    'a user of the broker inside without a password',
    withMqtt('embeddedBroker: { host: 0.0.0.0, username: a }'),
    [
      'c.yaml:2:9: expected password or passwordFile beside the user name for mqtt.embeddedBroker.password, received nothing',
    ],
  ],
  [
    'a password of the broker inside without a user',
    withMqtt('embeddedBroker: { password: se3cret }'),
    [
      'c.yaml:2:9: expected a user name beside the password for mqtt.embeddedBroker.username, received nothing',
    ],
  ],
  [
    'a password file of the broker inside that is not there',
    withMqtt('embeddedBroker: { username: a, passwordFile: /nowhere/pw }'),
    [
      'c.yaml:2:54: expected a readable file for mqtt.embeddedBroker.passwordFile, received /nowhere/pw (no such file)',
    ],
  ],
  [
    'a version without quotes',
    withMqtt('protocol: 5'),
    ['c.yaml:2:19: expected one of 5, 3.1.1 for mqtt.protocol, received 5 without quotes'],
  ],
  [
    'no broker',
    SMALLEST.replace(/mqtt: .*/, 'mqtt: {}'),
    ['c.yaml:2:1: expected the address of the broker for mqtt.url, received nothing'],
  ],
  [
    'a web address',
    SMALLEST.replace('mqtt://', 'http://user:se3cret@'),
    [
      'c.yaml:2:14: expected an address such as mqtt://broker.local:1883 (mqtt, mqtts, ws or wss) for mqtt.url, received http://***@127.0.0.1:1883',
    ],
  ],
  [
    'a wildcard in the base',
    withMqtt('base: "a/#"'),
    [
      'c.yaml:2:15: expected letters, digits, - and _, in levels separated by single / (no +, # or spaces) for mqtt.base, received a/#',
    ],
  ],
  [
    'tls without it in the address',
    withMqtt('tls: {}'),
    [
      'c.yaml:2:23: expected an address beginning with mqtts:// or wss://, as tls is set for mqtt.url, received mqtt://127.0.0.1:1883',
    ],
  ],
  [
    'a password without a user',
    withMqtt('password: se3cret'),
    ['c.yaml:2:1: expected a user name beside the password for mqtt.username, received nothing'],
  ],
  [
    'a password as number',
    withMqtt('username: a, password: 12345'),
    ['c.yaml:2:32: expected text for mqtt.password, received a value without quotes'],
  ],
  [
    'two passwords',
    withMqtt('username: a, password: se3cret, passwordFile: b'),
    ['c.yaml:2:55: expected either password or passwordFile, not both for mqtt.passwordFile, received b'],
  ],
  [
    'a password file that is missing',
    withMqtt('username: a, passwordFile: nope'),
    ['c.yaml:2:36: expected a readable file for mqtt.passwordFile, received DIR/nope (no such file)'],
  ],
  [
    'a variable that is not set',
    SMALLEST.replace('camera.local', `\${HOST_NAME}`),
    [
      'c.yaml:4:19: expected the environment variable HOST_NAME for cameras.door.source, received an environment without it',
    ],
  ],
  [
    'a variable with a name that every object has',
    SMALLEST.replace('camera.local', `\${constructor}`),
    [
      'c.yaml:4:19: expected the environment variable constructor for cameras.door.source, received an environment without it',
    ],
  ],
  [
    'a variable with an unfit value',
    SMALLEST.replace('porch', `\${UNFIT}`),
    [`c.yaml:1:9: expected a name ${NAME} for device, received what \${UNFIT} stands for`],
  ],
  [
    'a variable of another syntax',
    SMALLEST.replace('camera.local', `\${A:-b}`),
    [
      `c.yaml:4:19: expected \${NAME} with the name of an environment variable ($\${ stands for a plain \${) for cameras.door.source, received something else after \${`,
    ],
  ],
  [
    'a variable in braces without quotes',
    SMALLEST.replace('"mqtt://127.0.0.1:1883"', `\${URL}`),
    [
      `c.yaml:2:15: expected valid YAML (within { }, write "\${NAME}" in quotes), received unexpected flow-map-start at node end`,
    ],
  ],
  [
    'a zone without points',
    withZone('labels: [cat]'),
    ['c.yaml:7:7: expected a list for cameras.door.zones.yard.points, received nothing'],
  ],
  [
    'a zone of two points',
    withZone('points: [[0, 0], [1, 0.5]]'),
    [
      'c.yaml:7:23: expected a list of at least 3 for cameras.door.zones.yard.points, received [[0,0],[1,0.5]]',
    ],
  ],
  [
    'a zone in pixels',
    withZone('points: [[0, 0], [640, 0], [1, 1]]'),
    ['c.yaml:7:33: expected a number of at most 1 for cameras.door.zones.yard.points.1.0, received 640'],
  ],
  [
    'a point to the left of the picture',
    withZone('points: [[-0.1, 0], [1, 0], [1, 1]]'),
    ['c.yaml:7:25: expected a number of at least 0 for cameras.door.zones.yard.points.0.0, received -0.1'],
  ],
  [
    'a point of three numbers, of one, of none',
    withZone('points: [[0, 0, 0], [1], [], 0.5]'),
    [
      'c.yaml:7:24: expected a list of 2 numbers for cameras.door.zones.yard.points.0, received [0,0,0]',
      'c.yaml:7:35: expected a list of 2 numbers for cameras.door.zones.yard.points.1, received [1]',
      'c.yaml:7:40: expected a list of 2 numbers for cameras.door.zones.yard.points.2, received an empty list',
      'c.yaml:7:44: expected a list of 2 numbers for cameras.door.zones.yard.points.3, received 0.5',
    ],
  ],
  [
    'numbers without points',
    withZone('points: [0, 0, 1, 0, 1, 1]'),
    Array.from(
      { length: 6 },
      (_, i) =>
        `c.yaml:7:${24 + 3 * i}: expected a list of 2 numbers for cameras.door.zones.yard.points.${i}, received ${[0, 0, 1, 0, 1, 1][i]}`,
    ),
  ],
  [
    'a zone whose edges cross',
    withZone('points: [[0, 0], [1, 1], [1, 0], [0, 1]]'),
    [
      'c.yaml:7:23: expected a polygon whose edges neither cross nor touch, each point once for cameras.door.zones.yard.points, received [[0,0],[1,1],[1,0],[0,1]]',
    ],
  ],
  [
    'a zone whose last point is its first',
    withZone('points: [[0, 0], [1, 0], [1, 1], [0, 0]]'),
    [
      'c.yaml:7:23: expected a polygon whose edges neither cross nor touch, each point once for cameras.door.zones.yard.points, received [[0,0],[1,0],[1,1],[0,0]]',
    ],
  ],
  [
    'a zone with a wildcard',
    withZone(SQUARE).replace('yard', '"yard/+"'),
    [`c.yaml:7:7: expected a zone id ${NAME} for cameras.door.zones, received yard/+`],
  ],
  [
    'a zone for objects of no size',
    withZone(`${SQUARE}, minArea: 0.5, maxArea: 0.1`),
    ['c.yaml:7:80: expected a number of at least minArea for cameras.door.zones.yard.maxArea, received 0.1'],
  ],
  [
    'a mistyped key of a zone',
    withZone(`${SQUARE}, inertia: 1`),
    [
      `c.yaml:7:57: expected one of the keys points, ${FILTER_KEYS}, inertiaSeconds, loiteringSeconds for cameras.door.zones.yard, received inertia`,
    ],
  ],
  [
    'an anchor that is none',
    withZone(`${SQUARE}, anchor: center`),
    ['c.yaml:7:65: expected one of bottom, centre, top for cameras.door.zones.yard.anchor, received center'],
  ],
  [
    'zones in a list',
    withCamera('zones: [[0, 0]]'),
    ['c.yaml:4:18: expected keys and values for cameras.door.zones, received [[0,0]]'],
  ],
  [
    'a line of one point',
    withLine('points: [[0, 0]]'),
    ['c.yaml:7:23: expected a list of at least 2 for cameras.door.lines.gate.points, received [[0,0]]'],
  ],
  [
    'a line that stands still',
    withLine('points: [[0, 0], [0.5, 0.5], [0.5, 0.5]]'),
    [
      'c.yaml:7:23: expected points each of which differs from the one before for cameras.door.lines.gate.points, received [[0,0],[0.5,0.5],[0.5,0.5]]',
    ],
  ],
  [
    'a line with the key of a zone',
    withLine('points: [[0, 0], [1, 1]], inertiaSeconds: 1'),
    [
      `c.yaml:7:41: expected one of the keys points, ${FILTER_KEYS}, hysteresis for cameras.door.lines.gate, received inertiaSeconds`,
    ],
  ],
  [
    'a negative time',
    withZone(`${SQUARE}, loiteringSeconds: -1`),
    [
      'c.yaml:7:75: expected a number of at least 0 for cameras.door.zones.yard.loiteringSeconds, received -1',
    ],
  ],
  [
    'no time to be away',
    `${SMALLEST}tracking: { keepSeconds: 0 }\n`,
    ['c.yaml:5:26: expected a number of at least 0.1 for tracking.keepSeconds, received 0'],
  ],
  [
    'a discovery prefix with a wildcard',
    withMqtt('homeAssistant: { prefix: home/# }'),
    [
      'c.yaml:2:34: expected letters, digits, - and _, in levels separated by single / (no +, # or spaces) for mqtt.homeAssistant.prefix, received home/#',
    ],
  ],
  [
    'a port of Prometheus that is none',
    `${SMALLEST}stats: { prometheus: { port: 94650 } }\n`,
    ['c.yaml:5:30: expected a number of at most 65535 for stats.prometheus.port, received 94650'],
  ],
  [
    'everything at once, in the order of the file',
    'device: A\nmqtt: { url: x, usrname: a }\ncameras:\n  door: { minScore: 2 }\nminScore: low\n',
    [
      `c.yaml:1:9: expected a name ${NAME} for device, received A`,
      'c.yaml:2:14: expected an address such as mqtt://broker.local:1883 (mqtt, mqtts, ws or wss) for mqtt.url, received x',
      'c.yaml:2:17: expected one of the keys url, username, password, passwordFile, clientId, base, protocol, keepAliveSeconds, tls, outbox, homeAssistant, encodings, embeddedBroker for mqtt, received usrname, did you mean username?',
      'c.yaml:4:3: expected text for cameras.door.source, received nothing',
      'c.yaml:4:21: expected a number of at most 1 for cameras.door.minScore, received 2',
      'c.yaml:5:11: expected a number for minScore, received low',
    ],
  ],
];

test.each(corpus)('%s', async (_, text, lines) => {
  const file = configFile(text);
  const error = await loadConfig(file, { UNFIT: 'se3cret/' }).catch((failure: unknown) => failure);
  if (!(error instanceof ConfigError)) throw error;
  const said = error.message
    .replaceAll(`${dirname(file)}/`, '')
    .replaceAll('DIR', '?')
    .split('\n');
  const expected = lines.map((line) => line.replace('DIR/', ''));
  expect(said).toEqual(lines.length === 1 ? expected : [`${lines.length} problems in c.yaml:`, ...expected]);
  expect(error.exitCode).toBe(2);
  expect(error.message).not.toContain('se3cret');
});

test('a missing file, a folder', async () => {
  await expect(loadConfig('/nope/c.yaml')).rejects.toThrow(
    '/nope/c.yaml: expected a readable file, received no such file',
  );
  await expect(loadConfig('/tmp')).rejects.toThrow('/tmp: expected a readable file, received a folder');
});
