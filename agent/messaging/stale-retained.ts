// What earlier runs left retained at the broker -> cleared where nobody keeps it right any more.

import type { Config } from '../config/schema.js';
import type { Incoming } from './broker/client.js';
import type { Publisher } from './publisher.js';
import { pictureTopics, topicTable } from './topics.js';

export interface StaleRetainedOptions {
  readonly config: Pick<Config, 'device' | 'mqtt' | 'cameras'>;
  readonly retained: Pick<Publisher, 'hasRetained' | 'clearRetained'>;
  /** Is told once per connection at least of each camera that the configuration no longer has. */
  readonly onCamera: (camera: string) => void;
}

const kinds = ['count', 'zone', 'line', 'status'] as const;

/** Cameras, zones, lines that are gone from the configuration; counts of labels not met in this run. */
export class StaleRetained {
  /** Topics whose retained messages are to be read. */
  readonly keptFilters: readonly string[];
  readonly #options: StaleRetainedOptions;
  readonly #prefix: string;

  constructor(options: StaleRetainedOptions) {
    this.#options = options;
    const { mqtt, device } = options.config;
    this.#prefix = `${mqtt.base}/${device}/`;
    this.keptFilters = kinds.map((kind) => `${this.#prefix}${topicTable[kind].path.replace(/<\w+>/g, '+')}`);
  }

  /** Messages on other topics are passed over. Never throws. */
  onMessage({ topic, payload, retained }: Incoming): void {
    // What is not retained is an echo of our own.
    if (!retained || payload.byteLength === 0 || !topic.startsWith(`${this.#prefix}camera/`)) return;
    const [, camera = '', kind = '', id = ''] = topic.slice(this.#prefix.length).split('/');
    if (!kinds.some((one) => one === kind) || this.#isKept(topic, camera, kind, id)) return;
    if (kind === 'status') {
      // First what only the status leads to, so that an end in between leaves nothing that is not found again.
      this.#options.onCamera(camera);
      const { mqtt, device } = this.#options.config;
      for (const topic of pictureTopics(mqtt.base, device, camera))
        this.#options.retained.clearRetained(topic);
    }
    this.#options.retained.clearRetained(topic);
  }

  #isKept(topic: string, camera: string, kind: string, id: string): boolean {
    const { config, retained } = this.#options;
    if (!Object.hasOwn(config.cameras, camera)) return false;
    const { zones, lines } = config.cameras[camera]!;
    if (kind === 'zone') return Object.hasOwn(zones, id);
    if (kind === 'line') return Object.hasOwn(lines, id);
    return kind === 'status' || retained.hasRetained(topic);
  }
}
