// What a configuration file may say -> its type, defaults, documentation and JSON Schema, from one place.

import { z } from 'zod';
import { VEHICLES } from '../../models/decode/one-label.js';
import { WANTED_PRECISIONS } from '../../models/runtime/precision.js';
import { camera } from './camera.js';
import { clipMistakes, clips } from './clips.js';
import { mqtt } from './mqtt.js';
import { page } from './page.js';
import { pictures } from './pictures.js';
import { portMistakes } from './ports.js';
import { requests } from './requests.js';
import { secondLook } from './second-look.js';
import { tracking } from './tracking.js';
import { isFine, name, part, text } from './values.js';

const prometheus = z.strictObject({
  host: text.default('127.0.0.1').describe('Address to listen on; 0.0.0.0 serves the whole network'),
  port: z.int().min(1).max(65535).default(9465).describe('Metrics are at http://<host>:<port>/metrics'),
});

export const configFile = z
  .strictObject({
    device: name('a name').meta({
      description: 'Name of this device, unique at the broker',
      examples: ['porch'],
    }),
    mqtt: mqtt.describe('Where results go'),
    model: text.optional().meta({
      description:
        'Model folder (model.json and model.onnx), or default or small, which come with cspcam; default is default. auto takes the best that keeps up with the cameras on this machine, among those two and the folders in models',
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
          .enum(['auto', 'cpu', 'openvino', 'tensorrt', 'cuda'])
          .default('auto')
          .describe(
            'Where the network runs: cpu is ONNX Runtime in the daemon, openvino and tensorrt are engines in processes of their own (`cspcam engines`). auto measures those that are installed for a second at the first start and takes the fastest; one that is named and missing is an error',
          ),
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
    secondLook: secondLook
      .default(false)
      .describe(
        'Looks at parts of the picture once more at their own size, where the detector has time to spare, for what is small in a large picture: auto where something small is or moves, true also all over the picture by turns',
      ),
    tracking: tracking.prefault({}).describe('How detections become objects that are followed over frames'),
    cameras: z
      .record(name('a camera id'), camera)
      .refine((all) => Object.keys(all).length > 0, {
        error: 'at least one camera',
        when: isFine,
      })
      .meta({ description: 'Each camera under an id of its own', examples: ['door'] }),
    pictures: pictures.prefault({}).describe('Pictures for people, on camera/<id>/snapshot'),
    clips: clips.prefault({}).describe('Clips of events, as files on this device'),
    requests: requests.prefault({}).describe('What may be asked of the agent over MQTT'),
    page: page
      .optional()
      .describe(
        'A page for browsers: live pictures with what is found, events, and an editor of zones, lines and masks; off unless this key is there',
      ),
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
  .superRefine((config, { addIssue }) => {
    for (const { path, message } of [...clipMistakes(config), ...portMistakes(config)])
      addIssue({ code: 'custom', path, message });
  })
  .meta({ title: 'cspcam configuration' });

type ConfigFile = z.output<typeof configFile>;
type EmbeddedBrokerConfig = Omit<NonNullable<ConfigFile['mqtt']['embeddedBroker']>, 'passwordFile'>;
export type MqttConfig = Omit<ConfigFile['mqtt'], 'passwordFile' | 'embeddedBroker'> & {
  url: string;
  clientId: string;
  embeddedBroker?: EmbeddedBrokerConfig | undefined;
};
export type PageConfig = Omit<NonNullable<ConfigFile['page']>, 'passwordFile'>;
/** A configuration with every default filled in, secrets included: print only `redacted(config)`. */
export type Config = Omit<ConfigFile, 'mqtt' | 'page'> & { mqtt: MqttConfig; page?: PageConfig | undefined };

/** Fills in the defaults that depend on other keys. */
export function complete({ mqtt: givenMqtt, page: givenPage, ...file }: ConfigFile): Config {
  const { passwordFile: _, embeddedBroker: given, ...at } = givenMqtt;
  const { passwordFile: __, ...page } = givenPage ?? {};
  const rest = givenPage === undefined ? file : { ...file, page: page as PageConfig };
  const clientId = at.clientId ?? `cspcam-${file.device}`;
  if (given === undefined)
    return {
      ...rest,
      mqtt: { ...at, url: at.url ?? brokerUrl({ host: '127.0.0.1', port: 1883 }), clientId },
    };
  const { passwordFile: ___, ...embeddedBroker } = given;
  return { ...rest, mqtt: { ...at, url: at.url ?? brokerUrl(embeddedBroker), clientId, embeddedBroker } };
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
