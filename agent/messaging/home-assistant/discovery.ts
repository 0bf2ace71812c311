// Configuration, labels, version -> what Home Assistant is told: one device for the agent, one for each camera. Pure.

import { countedLabels } from '../../cameras/camera-settings.js';
import { clipsOf } from '../../config/clips.js';
import { picturesOf } from '../../config/pictures.js';
import type { Config } from '../../config/schema.js';
import { cropTopic, DIAGNOSTICS_SECONDS, type MessageKind, snapshotTopic, topicOf } from '../topics.js';
import { agentEntities } from './agent-entities.js';
import { cameraEntities, readable } from './camera-entities.js';
import type { Availability, Component, DevicelessComponent } from './component.js';

export interface DiscoveryInput {
  readonly config: Config;
  readonly model: { readonly name: string; readonly labels: readonly string[] };
  /** The version of cspcam. */
  readonly version: string;
}

export interface Discovery {
  readonly device: {
    readonly identifiers: readonly string[];
    readonly name: string;
    readonly manufacturer: string;
    readonly model: string;
    readonly model_id?: string;
    readonly sw_version: string;
    /** The agent, as seen from a camera. */
    readonly via_device?: string;
  };
  readonly origin: { readonly name: string; readonly sw_version: string };
  readonly availability: readonly Availability[];
  readonly availability_mode: 'all';
  readonly qos: 1;
  readonly components: Readonly<Record<string, Component>>;
}

/** By topic, the agent first: cameras refer to it. */
export function discoveries({ config, model, version }: DiscoveryInput): Map<string, Discovery> {
  const { device, mqtt, cameras, stats } = config;
  const topic = (kind: MessageKind, body: object = {}) => topicOf(mqtt.base, device, kind, body);
  const ofAgent = [{ topic: topic('state'), value_template: '{{ value_json.state }}' }];
  const agentId = objectId(device);
  const proposed = new Set<string>();
  const { intervalSeconds } = stats;
  // They come with one of the messages on `stats`.
  const diagnosticsSeconds = intervalSeconds * Math.ceil(DIAGNOSTICS_SECONDS / intervalSeconds);
  const common = {
    origin: { name: 'cspcam', sw_version: version },
    availability_mode: 'all',
    qos: 1,
  } as const;
  const about = { manufacturer: 'cspcam', sw_version: version };

  const agent: Discovery = {
    ...common,
    device: {
      ...about,
      identifiers: [agentId],
      name: readable(device),
      model: 'Camera agent',
      model_id: model.name,
    },
    availability: ofAgent,
    components: owned(
      agentId,
      agentEntities({ diagnostics: topic('diagnostics'), health: topic('health'), diagnosticsSeconds }),
      proposed,
    ),
  };
  const ofCameras = Object.entries(cameras).map(([camera, { labels, zones, lines }]) => {
    const id = objectId(device, camera);
    const status = topic('status', { camera });
    const hasPictures = picturesOf(config, camera).send !== 'none';
    const entities = cameraEntities({
      camera,
      labels: countedLabels(labels, model.labels),
      zones: Object.fromEntries(
        Object.entries(zones).map(([zone, of]) => [zone, countedLabels(of.labels ?? labels, model.labels)]),
      ),
      lines: Object.keys(lines),
      diagnosticsSeconds,
      ofAgent,
      topics: {
        status,
        diagnostics: topic('diagnostics'),
        events: topic('events', { camera }),
        clips: clipsOf(config, camera).enabled ? topic('clips', { camera }) : undefined,
        snapshot: hasPictures ? snapshotTopic(mqtt.base, device, camera) : undefined,
        crop: hasPictures ? cropTopic(mqtt.base, device, camera) : undefined,
        count: (label) => topic('count', { camera, label }),
        zone: (zone) => topic('zone', { camera, zone }),
        line: (line) => topic('line', { camera, line }),
      },
    });
    const running = "{{ 'online' if value_json.state == 'running' else 'offline' }}";
    const discovery: Discovery = {
      ...common,
      device: {
        ...about,
        identifiers: [id],
        name: readable(`${device} ${camera}`),
        model: 'Camera',
        via_device: agentId,
      },
      availability: [...ofAgent, { topic: status, value_template: running }],
      components: owned(id, entities, proposed),
    };
    return [discoveryTopic(mqtt.homeAssistant.prefix, device, camera), discovery] as const;
  });
  return new Map([[discoveryTopic(mqtt.homeAssistant.prefix, device), agent], ...ofCameras]);
}

/** The topic of the agent, or of one of its cameras. */
export function discoveryTopic(prefix: string, device: string, camera?: string): string {
  return `${prefix}/device/${objectId(device, camera)}/config`;
}

/** Names may have `_` in them: doubled there, it parts device and camera beyond doubt. */
function objectId(device: string, camera?: string): string {
  const names = camera === undefined ? [device] : [device, camera];
  return ['cspcam', ...names.map((name) => name.replaceAll('_', '__'))].join('_');
}

/** @param proposed entity ids of the devices before, and then of this one too */
function owned(
  deviceId: string,
  entities: Readonly<Record<string, DevicelessComponent>>,
  proposed: Set<string>,
): Record<string, Component> {
  return Object.fromEntries(
    Object.entries(entities).map(([key, entity]) => {
      const id = unlike(proposed, `${entity.platform}.${slug(`${deviceId}_${key}`)}`);
      proposed.add(id);
      return [key, { ...entity, unique_id: `${deviceId}.${key}`, default_entity_id: id }];
    }),
  );
}

/** Home Assistant has entity ids of ASCII alone: a letter of another script stands there as `x` and its code point. */
function slug(text: string): string {
  const ascii = text
    .toLowerCase()
    .replace(/[^\p{ASCII}]/gu, (letter) => `x${letter.codePointAt(0)!.toString(16)}`);
  return ascii.replace(/[^a-z0-9]+/g, '_');
}

/** Numbered from the second on, as Home Assistant does it. */
function unlike(others: ReadonlySet<string>, id: string): string {
  let [other, count] = [id, 1];
  while (others.has(other)) other = `${id}_${++count}`;
  return other;
}
