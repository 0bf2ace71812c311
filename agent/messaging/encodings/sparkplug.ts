// Messages of ours -> births, data and deaths of a Sparkplug B edge node whose devices are the cameras.

import type { Outgoing } from '../broker/client.js';
import type { Message } from '../schemas.js';
import type { Encoder } from './encoder.js';
import { metricsOf } from './sparkplug-metrics.js';
import { encodeSparkplug, type Metric, NAMESPACE } from './sparkplug-payload.js';

export interface SparkplugOptions {
  readonly group: string;
  readonly node: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Number of the next connection, from 0; goes on over encoders of one node. */
  readonly nextConnect: () => number;
}

interface Device {
  alive: boolean;
  /** Has a DBIRTH, and no DDEATH since. */
  born: boolean;
  /** The DBIRTH lacks a metric, or has one that is no more. */
  stale: boolean;
  readonly metrics: Map<string, Metric>;
}

type MessageType = 'NBIRTH' | 'NDEATH' | 'DBIRTH' | 'DDATA' | 'DDEATH';

export const REBIRTH = 'Node Control/Rebirth';
const NUMBERS = 256;

/**
 * After the Sparkplug specification 3.0. It remembers the newest values while nobody is connected, and gives data
 * only between `birth()` and `death()`: what it gives must be sent, or `seq` has a gap.
 */
export class SparkplugEncoder implements Encoder {
  readonly commandTopic: string;
  readonly #options: SparkplugOptions;
  readonly #node = new Map<string, Metric>();
  readonly #devices = new Map<string, Device>();
  #bdSeq = 0;
  #seq = 0;
  #born = false;

  constructor(options: SparkplugOptions) {
    this.#options = options;
    this.commandTopic = `${NAMESPACE}/${options.group}/NCMD/${options.node}`;
  }

  /** The will of the next connection, which has a `bdSeq` of its own. */
  will(): Outgoing {
    this.#bdSeq = this.#options.nextConnect() % NUMBERS;
    return this.death();
  }

  /** Says farewell, or that the connection is gone: no data until the next birth. */
  death(): Outgoing {
    this.#born = false;
    const payload = encodeSparkplug({ timestamp: this.#options.now(), metrics: [this.#bdSeqMetric] });
    return { topic: this.#topic('NDEATH'), payload, options: { qos: 1, retain: false } };
  }

  /** Everything that is known, after a connect and when a host asks for it. */
  birth(): Outgoing[] {
    this.#born = true;
    this.#seq = 0;
    const control: Metric = { name: REBIRTH, type: 'Boolean', value: false };
    const node = this.#message('NBIRTH', [this.#bdSeqMetric, control, ...this.#node.values()]);
    for (const device of this.#devices.values()) device.born = false;
    return [node, ...[...this.#devices].flatMap(([id, device]) => this.#device(id, device, []))];
  }

  encode(message: Message): readonly Outgoing[] {
    const { node = [], devices = {} } = metricsOf(message);
    // Values of the node are known before it connects; should one change, all is said anew.
    const isNodeChanged = taken(this.#node, node).length > 0;
    const encoded = Object.entries(devices).flatMap(([id, { alive, metrics }]) => {
      const device = this.#devices.get(id) ?? { alive: false, born: false, stale: false, metrics: new Map() };
      this.#devices.set(id, device);
      device.alive = alive ?? device.alive;
      // DDATA must not bring what the DBIRTH did not announce.
      device.stale ||= !metrics.every(({ name }) => device.metrics.has(name));
      const changed = taken(device.metrics, metrics);
      return this.#born ? this.#device(id, device, changed) : [];
    });
    return isNodeChanged && this.#born ? this.birth() : encoded;
  }

  /** What the message says is no more: the next message of its camera brings a birth without it. */
  clear(message: Message): void {
    for (const [id, { metrics }] of Object.entries(metricsOf(message).devices ?? {})) {
      const device = this.#devices.get(id);
      if (device === undefined) continue;
      for (const { name } of metrics) device.metrics.delete(name);
      device.stale = true;
    }
  }

  /** A camera that has stopped, and is gone: where it comes back, it begins anew. */
  forget(camera: string): void {
    this.#devices.delete(camera);
  }

  /** What a host must hear of a device now. */
  #device(id: string, device: Device, changed: readonly Metric[]): Outgoing[] {
    const { alive, born, stale } = device;
    device.born = alive;
    device.stale = false;
    if (alive && (!born || stale)) return [this.#message('DBIRTH', [...device.metrics.values()], id)];
    if (!alive && born) return [this.#message('DDEATH', [], id)];
    return alive && changed.length > 0 ? [this.#message('DDATA', changed, id)] : [];
  }

  #message(type: MessageType, metrics: readonly Metric[], device?: string): Outgoing {
    const seq = this.#seq;
    this.#seq = (seq + 1) % NUMBERS;
    const payload = encodeSparkplug({ timestamp: this.#options.now(), seq, metrics });
    return { topic: this.#topic(type, device), payload, options: { qos: 0, retain: false } };
  }

  #topic(type: MessageType, device?: string): string {
    const { group, node } = this.#options;
    return [NAMESPACE, group, type, node, ...(device === undefined ? [] : [device])].join('/');
  }

  get #bdSeqMetric(): Metric {
    return { name: 'bdSeq', type: 'Int64', value: this.#bdSeq };
  }
}

/** Takes the new values over; @returns those that differ from before */
function taken(values: Map<string, Metric>, metrics: readonly Metric[]): Metric[] {
  const changed = metrics.filter(({ name, value }) => values.get(name)?.value !== value);
  for (const metric of changed) values.set(metric.name, metric);
  return changed;
}
