// Kind of message, device, camera -> topic, and whether it is retained.

/** Content type of every payload that is not a picture. */
export const JSON_TYPE = 'application/json';

const KILOBYTE = 1024;

export interface TopicRow {
  /** Below `<base>/<device>/`; `<id>` is a camera id, other names in brackets are keys of the message. */
  readonly path: string;
  readonly retain: boolean;
  readonly qos: 0 | 1;
  readonly about: string;
  /** Of the payload; a longer one is not sent. */
  readonly maximumBytes: number;
  /** Kept on disk until the broker has it. */
  readonly stored?: true;
  /** MQTT 5: a broker that could not deliver it for so long drops it. */
  readonly expirySeconds?: number;
}

/** The topic tree: the one place that says where messages go and how. */
export const topicTable = {
  state: {
    path: 'state',
    retain: true,
    qos: 1,
    about: 'online or offline; offline is also the will',
    maximumBytes: KILOBYTE,
  },
  info: {
    path: 'info',
    retain: true,
    qos: 1,
    about: 'version, model, configuration without passwords',
    maximumBytes: 512 * KILOBYTE,
  },
  health: {
    path: 'health',
    retain: true,
    qos: 1,
    about: 'each minute and after each reload: uptime, memory, cameras, what was dropped',
    maximumBytes: 256 * KILOBYTE,
  },
  settings: {
    path: 'settings',
    retain: true,
    qos: 1,
    about: 'what requests may change, as it is now, and who changed it last',
    maximumBytes: 256 * KILOBYTE,
  },
  status: {
    path: 'camera/<id>/status',
    retain: true,
    qos: 1,
    about: 'what a camera is doing, and why not',
    maximumBytes: 16 * KILOBYTE,
  },
  detections: {
    path: 'camera/<id>/detections',
    retain: false,
    qos: 0,
    about: 'boxes of one frame, with their tracks',
    maximumBytes: 256 * KILOBYTE,
    expirySeconds: 10,
  },
  count: {
    path: 'camera/<id>/count/<label>',
    retain: true,
    qos: 1,
    about: 'objects of a label in view now',
    maximumBytes: 8 * KILOBYTE,
  },
  zone: {
    path: 'camera/<id>/zone/<zone>',
    retain: true,
    qos: 1,
    about: 'objects in a zone now',
    maximumBytes: 128 * KILOBYTE,
  },
  line: {
    path: 'camera/<id>/line/<line>',
    retain: true,
    qos: 1,
    about: 'crossings of a line since start',
    maximumBytes: 8 * KILOBYTE,
  },
  events: {
    path: 'camera/<id>/events',
    retain: false,
    qos: 1,
    about: 'a track starts, changes, ends; enters or leaves a zone; crosses a line',
    maximumBytes: 128 * KILOBYTE,
    stored: true,
  },
  clips: {
    path: 'camera/<id>/clips',
    retain: false,
    qos: 1,
    about: 'a clip of events that has been kept, and where it is',
    maximumBytes: 128 * KILOBYTE,
    stored: true,
  },
  stats: {
    path: 'stats',
    retain: false,
    qos: 0,
    about: 'throughput, latency, load, each interval',
    maximumBytes: 512 * KILOBYTE,
    expirySeconds: 60,
  },
  diagnostics: {
    path: 'diagnostics',
    retain: false,
    qos: 0,
    about: 'the same as stats, once a minute at most: for what keeps every value',
    maximumBytes: 512 * KILOBYTE,
    expirySeconds: 60,
  },
  response: {
    path: 'response/<request>',
    retain: false,
    qos: 1,
    about: 'the answer to a request',
    maximumBytes: 512 * KILOBYTE,
    expirySeconds: 60,
  },
} as const satisfies Record<string, TopicRow>;

/** From one message on `diagnostics` to the next: Home Assistant keeps each value for good, and its database fills. */
export const DIAGNOSTICS_SECONDS = 60;

export type MessageKind = keyof typeof topicTable;

/**
 * @param base first levels, for example `cspcam` or `home/cspcam`
 * @param device one level; both are checked with the configuration
 * @param body has the keys that the path names in brackets; `camera` is its `<id>`
 */
export function topicOf(base: string, device: string, kind: MessageKind, body: object): string {
  const level = (name: string) => {
    const value = String((body as Record<string, unknown>)[name === 'id' ? 'camera' : name]);
    // Of a model; ids are levels as they are, by the rules for them in the configuration.
    return name === 'label' ? topicLevel(value) : value;
  };
  const path = topicTable[kind].path.replace(/<(\w+)>/g, (_, name: string) => level(name));
  return `${base}/${device}/${path}`;
}

/**
 * Any label -> one level of a topic, and never the same for two labels: letters and digits of every script and `-` stand for
 * themselves, `_` for a space, `__` for an underscore, `%2B` for any other byte, and for spaces that would be taken for
 * an underscore. `traffic light` becomes `traffic_light`.
 */
export function topicLevel(name: string): string {
  return name.replace(/[^\p{L}\p{M}\p{N}-]+/gu, (others) => {
    // Between two letters, so that no underscore is beside it.
    if (others === ' ') return '_';
    return [...others].map((one) => (one === '_' ? '__' : percentEncoded(one))).join('');
  });
}

function percentEncoded(character: string): string {
  return [...Buffer.from(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}

/** What has no row in the table: pictures, discovery by Home Assistant, and messages in other forms. */
export const maximumBytes = {
  picture: 1024 * KILOBYTE,
  // Read back with its topic, it has to be below what the agent takes.
  discovery: 960 * KILOBYTE,
  encoded: 256 * KILOBYTE,
};

/** Filters of everything that an agent may have left retained below `<base>/<device>/`. */
export function retainedFilters(base: string, device: string): string[] {
  const rows: readonly TopicRow[] = Object.values(topicTable);
  const paths = rows.filter(({ retain }) => retain).map(({ path }) => path.replace(/<\w+>/g, '+'));
  return [...paths.map((path) => `${base}/${device}/${path}`), ...pictureTopics(base, device, '+')];
}

/** Where the picture of a camera goes, which is no JSON and has no row in the table. */
export function snapshotTopic(base: string, device: string, camera: string): string {
  return `${base}/${device}/camera/${camera}/snapshot`;
}

/** Where the object of the snapshot goes, cut out. */
export function cropTopic(base: string, device: string, camera: string): string {
  return `${base}/${device}/camera/${camera}/crop`;
}

export function pictureTopics(base: string, device: string, camera: string): string[] {
  return [snapshotTopic(base, device, camera), cropTopic(base, device, camera)];
}
