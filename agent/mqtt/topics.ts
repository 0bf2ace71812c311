// Kind of message, device, camera -> topic, and whether it is retained.

export interface TopicRow {
  /** Below `<base>/<device>/`; `<id>` is a camera id. */
  readonly path: string;
  readonly retain: boolean;
  readonly qos: 0 | 1;
  readonly about: string;
}

/** The topic tree: the one place that says where messages go and how. */
export const topicTable = {
  state: { path: 'state', retain: true, qos: 1, about: 'online or offline; offline is also the will' },
  info: { path: 'info', retain: true, qos: 1, about: 'version, model, configuration without passwords' },
  status: { path: 'camera/<id>/status', retain: true, qos: 1, about: 'what a camera is doing, and why not' },
  detections: { path: 'camera/<id>/detections', retain: false, qos: 0, about: 'boxes of one frame' },
  stats: { path: 'stats', retain: false, qos: 0, about: 'throughput, latency, load, each interval' },
} as const satisfies Record<string, TopicRow>;

export type MessageKind = keyof typeof topicTable;

/**
 * @param base first levels, for example `cspcam` or `home/cspcam`
 * @param device one level; both are checked with the configuration
 */
export function topicOf(base: string, device: string, kind: MessageKind, camera?: string): string {
  return `${base}/${device}/${topicTable[kind].path.replace('<id>', camera ?? '')}`;
}
