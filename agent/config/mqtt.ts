// What a configuration file may say of the broker and of what goes there.

import { z } from 'zod';
import { addressMistake, isLoopback } from './broker-address.js';
import { hasKeys, LONGEST_TEXT, text } from './values.js';

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

/** How a client of the broker, and a broker of our own, have it. */
interface Login {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly passwordFile?: string | undefined;
}

const hasOnePassword = ({ password, passwordFile }: Login) =>
  password === undefined || passwordFile === undefined;
const onePassword = {
  error: 'either password or passwordFile, not both',
  path: ['passwordFile'],
  when: hasKeys,
};
const hasUserOfPassword = ({ username, password, passwordFile }: Login) =>
  username !== undefined || (password === undefined && passwordFile === undefined);
const userOfPassword = { error: 'a user name beside the password', path: ['username'], when: hasKeys };

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
  .refine(hasOnePassword, onePassword)
  .refine(hasUserOfPassword, userOfPassword)
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
      'Folder for them; default <device> in the state folder of the service (/var/lib/cspcam), else in ~/.local/state/cspcam',
    examples: ['/var/lib/cspcam/porch'],
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

export const mqtt = z
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
  .refine(hasOnePassword, onePassword)
  .refine(hasUserOfPassword, userOfPassword)
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
