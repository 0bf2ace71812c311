// What a configuration file may say -> its type, defaults, documentation and JSON Schema, from one place.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { ExpectationError } from '#common/errors.js';
import { VEHICLES } from '../../models/decode/one-label.js';
import { WANTED_PRECISIONS } from '../../models/runtime/precision.js';
import { DEFAULT_PICTURE_SIZE, PICTURE_SIZE } from '../../pipelines/picture-size.js';
import { TRANSPORTS } from '../../pipelines/relay/address.js';
import { parseSource } from '../../pipelines/sources.js';
import { addressMistake, isLoopback } from './broker-address.js';
import { cameraPictures, pictures } from './pictures.js';
import { line, masks, zone } from './scene.js';
import { hasKeys, isFine, LONGEST_TEXT, labels, name, part, seconds, text } from './values.js';

/** Marks what must never be printed; JSON Schema calls it writeOnly. */
const secret = { writeOnly: true };

const tls = z
  .strictObject({
    ca: text
      .optional()
      .meta({ description: 'File with the certificate authority (PEM)', examples: ['/etc/cspcam/ca.pem'] }),
    cert: text
      .optional()
      .meta({ description: 'File with the client certificate (PEM)', examples: ['/etc/cspcam/client.pem'] }),
    key: text.optional().meta({
      description: 'File with the key of the client certificate (PEM)',
      examples: ['/etc/cspcam/client-key.pem'],
    }),
    rejectUnauthorized: z
      .boolean()
      .default(true)
      .describe('Refuse a broker whose certificate is not signed by ca; false is for trials only'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    error: 'cert and key together',
    when: hasKeys,
  });

const embeddedBroker = z
  .strictObject({
    host: text
      .default('127.0.0.1')
      .describe('Address to listen on; 0.0.0.0 serves the whole network, and needs username and password'),
    port: z.int().min(1).max(65535).default(1883),
    username: text
      .optional()
      .meta({ description: 'User name that every client has to give', examples: ['porch'] }),
    password: text.optional().meta({
      description: 'Its password; better kept out of this file',
      examples: [`\${BROKER_PASSWORD}`],
      ...secret,
    }),
    passwordFile: text.optional().meta({
      description: 'File whose first line is the password, instead of password',
      examples: ['/etc/cspcam/broker-password'],
    }),
    maxClients: z
      .int()
      .min(1)
      .max(1000)
      .default(20)
      .describe('At the same time, beside the agent itself; from one other machine half as many'),
    maxRetainedMegabytes: z
      .number()
      .min(0.1)
      .max(1000)
      .default(16)
      .describe('What others than the agent let it keep; more is passed on and not kept'),
  })
  .refine(({ password, passwordFile }) => password === undefined || passwordFile === undefined, {
    error: 'either password or passwordFile, not both',
    path: ['passwordFile'],
    when: hasKeys,
  })
  .refine((at) => at.username !== undefined || (at.password === undefined && at.passwordFile === undefined), {
    error: 'a user name beside the password',
    path: ['username'],
    when: hasKeys,
  })
  .refine((at) => at.username === undefined || (at.password ?? at.passwordFile) !== undefined, {
    error: 'password or passwordFile beside the user name',
    path: ['password'],
    when: hasKeys,
  })
  .refine(({ host, username }) => username !== undefined || isLoopback(host), {
    error: 'username and password beside it, as others reach that address, or 127.0.0.1',
    path: ['host'],
    when: hasKeys,
  });

const outbox = z.strictObject({
  directory: text.optional().meta({
    description:
      'Folder for them; default the state folder of the service, else ~/.local/state/cspcam/<device>',
    examples: ['/var/lib/cspcam'],
  }),
  maxMegabytes: z.number().min(0.1).max(10_000).default(16).describe('The oldest go when there are more'),
  maxAgeHours: z.number().positive().max(8760).default(48).describe('Older ones are not sent any more'),
  replayPerSecond: z
    .number()
    .min(1)
    .max(100_000)
    .default(100)
    .describe('After an outage no more than this many at once'),
});

/** The levels that every topic begins with. */
const levels = z
  .string()
  .max(LONGEST_TEXT)
  .regex(
    /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/,
    'letters, digits, - and _, in levels separated by single / (no +, # or spaces)',
  );

const homeAssistantKeys = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Announce the agent and its cameras; false also takes back what was announced'),
  prefix: levels
    .default('homeassistant')
    .describe('Discovery prefix, as set in the MQTT integration of Home Assistant'),
});

const homeAssistant = z
  .preprocess((value) => (typeof value === 'boolean' ? { enabled: value } : value), homeAssistantKeys)
  // JSON Schema leaves booleans alone where it says what the keys of an object are.
  .meta({ type: ['object', 'boolean'] });

const encodings = z.strictObject({
  onvif: z
    .strictObject({
      prefix: levels.optional().meta({
        description: 'First part of the topic, before onvif-mj; default <base>/<device>',
        examples: ['site/porch'],
      }),
    })
    .optional()
    .describe('Tracks of each frame as ONVIF has them in JSON over MQTT'),
  sparkplug: z
    .strictObject({
      group: z
        .string()
        .regex(/^[A-Za-z0-9_-]+$/, 'a group id of letters, digits, - and _ (it becomes part of MQTT topics)')
        .default('cspcam')
        .describe('Group id; the node id is the device, its devices are the cameras'),
    })
    .optional()
    .describe('Counts, zones, lines and rates as a Sparkplug B edge node, on a connection of its own'),
});

const mqtt = z
  .strictObject({
    url: z
      .string()
      .max(LONGEST_TEXT)
      .regex(
        /^(mqtts?|wss?):\/\/[^\s/]+(\/\S*)?$/,
        'an address such as mqtt://broker.local:1883 (mqtt, mqtts, ws or wss)',
      )
      .superRefine((value, { addIssue, issues }) => {
        const mistake = issues.length === 0 ? addressMistake(value) : undefined;
        if (mistake !== undefined) addIssue(mistake);
      })
      .optional()
      .meta({
        description:
          'Address of the broker: mqtt, mqtts, ws or wss. Left out only where embeddedBroker is set',
        examples: ['mqtt://127.0.0.1:1883'],
      }),
    username: text.optional().meta({ description: 'User name at the broker', examples: ['porch'] }),
    password: text.optional().meta({
      description: 'Password at the broker; better kept out of this file',
      examples: [`\${MQTT_PASSWORD}`],
      ...secret,
    }),
    passwordFile: text.optional().meta({
      description: 'File whose first line is the password, instead of password',
      examples: ['/etc/cspcam/mqtt-password'],
    }),
    clientId: text.optional().meta({
      description: 'MQTT client id, one per agent; default cspcam-<device>',
      examples: ['cspcam-porch'],
    }),
    base: levels.default('cspcam').describe('First part of every topic: <base>/<device>/...'),
    protocol: z
      .enum(['3.1.1', '5'])
      .default('5')
      .describe('MQTT version, in quotes. A broker that only knows 3.1.1 is spoken to in 3.1.1'),
    keepAliveSeconds: z
      .int()
      .min(5)
      .max(3600)
      .default(30)
      .describe('The broker declares the agent offline after one and a half times this'),
    tls: tls.optional().describe('Only for mqtts and wss'),
    outbox: outbox
      .prefault({})
      .describe('Events on their way to the broker, kept on disk over outages and crashes'),
    homeAssistant: homeAssistant
      .prefault({})
      .describe(
        'Discovery by Home Assistant: entities for counts, zones, lines, events, pictures and health; true or false for enabled alone',
      ),
    encodings: encodings
      .optional()
      .describe('The same in forms that other systems read; each is off unless its key is there'),
    embeddedBroker: embeddedBroker
      .optional()
      .describe(
        'Run a small broker inside the agent; off unless this key is there. Without url the agent uses it itself',
      ),
  })
  .refine(({ url, embeddedBroker: own }) => url !== undefined || own !== undefined, {
    error: 'the address of the broker',
    path: ['url'],
    when: hasKeys,
  })
  .refine(({ password, passwordFile }) => password === undefined || passwordFile === undefined, {
    error: 'either password or passwordFile, not both',
    path: ['passwordFile'],
    when: hasKeys,
  })
  .refine((at) => at.username !== undefined || (at.password === undefined && at.passwordFile === undefined), {
    error: 'a user name beside the password',
    path: ['username'],
    when: hasKeys,
  })
  .refine((at) => at.username === undefined || !/^\w+:\/\/[^/]*@/.test(at.url ?? ''), {
    error: 'either username or a user in url, not both',
    path: ['username'],
    when: hasKeys,
  })
  .refine((at) => at.tls === undefined || !/^(mqtt|ws):/.test(at.url ?? ''), {
    error: 'an address beginning with mqtts:// or wss://, as tls is set',
    path: ['url'],
    when: hasKeys,
  });

const prometheus = z.strictObject({
  host: text.default('127.0.0.1').describe('Address to listen on; 0.0.0.0 serves the whole network'),
  port: z.int().min(1).max(65535).default(9465).describe('Metrics are at http://<host>:<port>/metrics'),
});

const source = text.superRefine((value, { addIssue }) => {
  if (value === '') return;
  try {
    parseSource(value, existsSync);
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error;
    addIssue(error.what);
  }
});

const motion = z.strictObject({
  enabled: z.boolean().default(true).describe('false looks at every frame, whether anything moves or not'),
  lookEverySeconds: z
    .number()
    .min(0.1)
    .max(60)
    .default(1)
    .describe('A scene in which nothing moves is still looked at once in this time'),
  keepLookingSeconds: z
    .number()
    .min(0)
    .max(3600)
    .default(2)
    .describe('Every frame is looked at for this long after the last motion'),
});

/** Pictures are taken of the one while the other is looked at: neither may come to an end. */
const isNetwork = (uri: string) => 'camera' in parseSource(uri, existsSync);

const cameraKeys = z.strictObject({
  source: source.meta({
    description:
      'Where video comes from: rtsp://..., file:/path/clip.mp4, v4l2:/dev/video0, csi:0, test:ball, or gst: and a launch string',
    examples: ['rtsp://camera.local/stream'],
  }),
  detect: source.optional().meta({
    description:
      'A smaller stream of the same camera, which is looked at instead; source is then opened for pictures alone',
    examples: ['rtsp://camera.local/substream'],
  }),
  enabled: z.boolean().default(true).describe('false keeps the camera in the file without opening it'),
  minScore: part.optional().meta({ description: 'Overrides minScore for this camera', examples: [0.5] }),
  labels: labels.meta({
    description: 'Report only these labels; default all',
    examples: [['person', 'car']],
  }),
  loop: z.boolean().default(false).describe('Begin a file again at its end'),
  stallTimeoutSeconds: z
    .number()
    .min(1)
    .max(3600)
    .default(10)
    .describe('Open the source anew after this long without a frame'),
  keyFrameTimeoutSeconds: z
    .number()
    .min(1)
    .max(3600)
    .default(45)
    .describe('The same of a camera that sends, but no key frame that a picture can begin with'),
  transport: z
    .enum(TRANSPORTS)
    .default('auto')
    .describe('Of RTSP: auto is TCP, and UDP where the camera has nothing else'),
  tls: z
    .strictObject({
      ca: text.optional().meta({
        description: 'File with the certificate authority (PEM)',
        examples: ['/etc/cspcam/cameras.pem'],
      }),
      fingerprint: z
        .string()
        .regex(/^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i, 'a SHA-256 fingerprint: 32 pairs of hexadecimal digits')
        .optional()
        .meta({
          description:
            'SHA-256 of the certificate, which then need not be signed by anybody; the error names it',
          examples: [Array(32).fill('5A').join(':')],
        }),
    })
    .optional()
    .describe('What certificate a camera with rtsps:// or https:// may show'),
  memoryLimitMegabytes: z
    .int()
    .min(64)
    .max(65_536)
    .default(1000)
    .describe('Start the capture of the source anew when it has more memory in use'),
  maxPictureSize: z
    .string()
    .regex(PICTURE_SIZE, 'a size like 7680x4320')
    .default(DEFAULT_PICTURE_SIZE)
    .describe('Refuse larger pictures, lying or upright, before they are decoded'),
  maxFps: z
    .number()
    .positive()
    .max(1000)
    .optional()
    .meta({ description: 'Look at no more frames per second than this; default all', examples: [5] }),
  motion: motion
    .prefault({})
    .describe('Saves the work for frames in which nothing moves; noise and changes of light are no motion'),
  stationarySeconds: seconds
    .default(10)
    .describe('An object that keeps its place so long is told and counted as stationary'),
  zones: z
    .record(name('a zone id'), zone)
    .default({})
    .meta({ description: 'Parts of the picture, each under an id of its own', examples: ['yard'] }),
  lines: z
    .record(name('a line id'), line)
    .default({})
    .meta({
      description: 'Lines on which crossings are counted, each under an id of its own',
      examples: ['gate'],
    }),
  masks: masks.prefault({}).describe('Parts of the picture that are not to be seen'),
  pictures: cameraPictures.optional().describe('Overrides pictures for this camera, key by key'),
});

/** What may be asked over MQTT; agent/messaging/requests says what each does. */
export const REQUESTS = [
  'snapshot',
  'restart',
  'enable',
  'disable',
  'thresholds',
  'log',
  'bench',
  'config',
] as const;

const requests = z.strictObject({
  allow: z
    .array(z.enum(REQUESTS))
    .default(['config'])
    .meta({
      description:
        'What whoever may publish at the broker may ask; by default only what reads. [] refuses everything',
      examples: [['config', 'snapshot', 'restart']],
    }),
  perMinute: z
    .int()
    .min(1)
    .max(6000)
    .default(60)
    .describe('Requests, refused ones included, that are answered; more are dropped and counted'),
  keep: z
    .boolean()
    .default(false)
    .describe(
      'true keeps what requests have changed over a restart, until the configuration changes the same key',
    ),
});
const camera = cameraKeys
  .refine((at) => at.detect === undefined || (isNetwork(at.detect) && isNetwork(at.source)), {
    error: 'a stream of the network, beside a source that is one (rtsp, rtsps, http, https)',
    path: ['detect'],
    when: isFine,
  })
  .refine((at) => at.detect !== at.source, {
    error: 'another stream than source',
    path: ['detect'],
    when: isFine,
  });

/** What stands in place of a model folder where the best one is to be chosen. */
export const AUTO = 'auto';

export const configFile = z
  .strictObject({
    device: name('a name').meta({
      description: 'Name of this device, unique at the broker',
      examples: ['porch'],
    }),
    mqtt: mqtt.describe('Where results go'),
    model: text.optional().meta({
      description:
        'Model folder (model.json and model.onnx); default the one that comes with cspcam. auto takes the best that keeps up with the cameras on this machine, among that one and those in models',
      examples: ['/var/lib/cspcam/models/yolo-fastest'],
    }),
    models: text.optional().meta({
      description: 'Folder of model folders, for model: auto',
      examples: ['/var/lib/cspcam/models'],
    }),
    profile: text.default('auto').meta({
      description:
        'Device profile: auto, a name that `cspcam profiles list` shows, or a file NAME.json; auto finds which machine this is',
    }),
    minScore: part.default(0.3).describe('Detections below this score (0 to 1) are not reported'),
    inference: z
      .strictObject({
        provider: z
          .enum(['cpu', 'tensorrt', 'cuda'])
          .default('cpu')
          .describe('Where the network runs; a provider that is missing is an error'),
        precision: z
          .enum(WANTED_PRECISIONS)
          .default('auto')
          .describe(
            'int8 is faster on most processors; auto takes it where that is so and the model loses at most half a point of AP50, as `cspcam models info` says. fp32 and int8 force it',
          ),
        oneLabelOf: z
          .array(z.array(text).min(2))
          .default([VEHICLES])
          .meta({
            description:
              'Groups of labels of which one object bears one: of boxes with different labels of a group that overlap by 0.6 or more (IoU) the likeliest is reported. [] reports all',
            examples: [
              [
                ['car', 'truck'],
                ['cat', 'dog'],
              ],
            ],
          }),
        mode: z
          .enum(['auto', 'latency', 'throughput'])
          .default('auto')
          .describe(
            'latency has each frame done as soon as possible, throughput as many as possible; auto is what the device profile says, else throughput where several cameras share the CPU',
          ),
        sessions: z
          .union([z.literal('auto'), z.int().min(1).max(64)], 'auto or a whole number from 1 to 64')
          .default('auto')
          .describe('Frames that are worked on at the same time; auto fits the mode and the machine'),
        threads: z
          .union([z.literal('auto'), z.int().min(1).max(256)], 'auto or a whole number from 1 to 256')
          .default('auto')
          .describe('Threads of each session; auto fits the mode and the machine'),
      })
      .prefault({})
      .describe('How the network runs'),
    tracking: z
      .strictObject({
        startScore: part.optional().meta({
          description:
            'A detection from this score up may begin a track; lower ones only carry one on. Default minScore of the camera and 0.2',
          examples: [0.6],
        }),
        keepSeconds: z
          .number()
          .min(0.1)
          .max(60)
          .default(2)
          .describe('An object that is not seen so long has gone; if it comes back, it is a new one'),
      })
      .prefault({})
      .describe('How detections become objects that are followed over frames'),
    cameras: z
      .record(name('a camera id'), camera)
      .refine((all) => Object.keys(all).length > 0, {
        error: 'at least one camera',
        when: isFine,
      })
      .meta({ description: 'Each camera under an id of its own', examples: ['door'] }),
    pictures: pictures.prefault({}).describe('Pictures for people, on camera/<id>/snapshot'),
    requests: requests.prefault({}).describe('What may be asked of the agent over MQTT'),
    stats: z
      .strictObject({
        intervalSeconds: z
          .number()
          .min(1)
          .max(3600)
          .default(5)
          .describe('Time between two messages on stats'),
        prometheus: prometheus
          .optional()
          .describe('Metrics as Prometheus reads them, without password; off unless this key is there'),
      })
      .prefault({})
      .describe('Throughput, latency and load'),
    log: z
      .strictObject({
        level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
        format: z
          .enum(['auto', 'json', 'pretty'])
          .default('auto')
          .describe('auto is pretty on a terminal, JSON lines elsewhere'),
      })
      .prefault({})
      .describe('What the agent logs, on standard error'),
  })
  .meta({ title: 'cspcam configuration' });

type ConfigFile = z.output<typeof configFile>;
type EmbeddedBrokerConfig = Omit<NonNullable<ConfigFile['mqtt']['embeddedBroker']>, 'passwordFile'>;
export type MqttConfig = Omit<ConfigFile['mqtt'], 'passwordFile' | 'embeddedBroker'> & {
  url: string;
  clientId: string;
  embeddedBroker?: EmbeddedBrokerConfig | undefined;
};
/** A configuration with every default filled in, secrets included: print only `redacted(config)`. */
export type Config = Omit<ConfigFile, 'mqtt'> & { mqtt: MqttConfig };

/** Fills in the defaults that depend on other keys. */
export function complete(file: ConfigFile): Config {
  const { passwordFile: _, embeddedBroker: given, ...at } = file.mqtt;
  const clientId = at.clientId ?? `cspcam-${file.device}`;
  if (given === undefined)
    return {
      ...file,
      mqtt: { ...at, url: at.url ?? brokerUrl({ host: '127.0.0.1', port: 1883 }), clientId },
    };
  const { passwordFile: __, ...embeddedBroker } = given;
  return { ...file, mqtt: { ...at, url: at.url ?? brokerUrl(embeddedBroker), clientId, embeddedBroker } };
}

/** Whether the agent uses the broker inside it. */
export function usesEmbeddedBroker({ url, embeddedBroker }: MqttConfig): boolean {
  return embeddedBroker !== undefined && url === brokerUrl(embeddedBroker);
}

/** Where a client on the same machine finds a broker that listens on `host`. */
export function brokerUrl({ host, port }: { host: string; port: number }): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `mqtt://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

/** JSON Schema (2020-12) of a configuration file, for editors and for other programs. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configFile, { io: 'input' }) as Record<string, unknown>;
  return { ...schema, patternProperties: { '^x-': {} } };
}
