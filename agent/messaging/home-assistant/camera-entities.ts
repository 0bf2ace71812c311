// A camera, its zones, lines and labels -> its entities: what is there, what happened, how it is doing. Pure.

import { eventNames } from '../schemas/camera.js';
import { topicLevel } from '../topics.js';
import { staleAfter } from './agent-entities.js';
import { type Availability, type DevicelessComponent, diagnostic } from './component.js';

export interface CameraInput {
  readonly camera: string;
  /** Those that get entities of their own. */
  readonly labels: readonly string[];
  /** By id; the labels that get entities of their own there. */
  readonly zones: Readonly<Record<string, readonly string[]>>;
  readonly lines: readonly string[];
  /** Seconds between two messages on `diagnostics`. */
  readonly diagnosticsSeconds: number;
  /** What does not need the camera to run is available by these. */
  readonly ofAgent: readonly Availability[];
  readonly topics: {
    readonly diagnostics: string;
    readonly status: string;
    readonly events: string;
    /** Nothing where no clips are kept. */
    readonly clips: string | undefined;
    /** Nothing where no picture is made. */
    readonly snapshot: string | undefined;
    readonly crop: string | undefined;
    count(label: string): string;
    zone(zone: string): string;
    line(line: string): string;
  };
}

const ATTRIBUTES = ['camera', 'state', 'since', 'restarts', 'source', 'failure', 'message'];

/** What an event of a clip tells of it. */
const CLIP = ['file', 'path', 'startedAt', 'seconds', 'end', 'zones', 'lines'];

type Entities = Record<string, DevicelessComponent>;

/** Keys are those of the agent's topics; `.` is in no id, so that none is another's. */
export function cameraEntities(input: CameraInput): Entities {
  return { ...counts(input), ...zones(input), ...lines(input), ...happenings(input), ...diagnostics(input) };
}

/** `front_door` becomes `Front door`. */
export function readable(name: string): string {
  const words = name.replace(/[-_\s]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function counts({ labels, topics }: CameraInput): Entities {
  return entitiesOf(labels, (label) => ({
    [`count.${topicLevel(label)}`]: {
      platform: 'sensor',
      name: `${readable(label)} count`,
      state_topic: topics.count(label),
      value_template: '{{ value_json.count }}',
      state_class: 'measurement',
      icon: 'mdi:counter',
    },
  }));
}

function zones({ zones: all, topics }: CameraInput): Entities {
  return entitiesOf(Object.entries(all), ([id, labels]) => {
    const occupancy = {
      platform: 'binary_sensor',
      state_topic: topics.zone(id),
      device_class: 'occupancy',
    } as const;
    // Of a single label it would say the same as that of the zone.
    const byLabel = entitiesOf(labels.length > 1 ? labels : [], (label) => ({
      [`zone.${id}.occupancy.${topicLevel(label)}`]: {
        ...occupancy,
        name: `${readable(id)} ${label} occupancy`,
        value_template: `{{ 'ON' if value_json.byLabel.get(${literal(label)}, 0) > 0 else 'OFF' }}`,
      },
    }));
    return {
      [`zone.${id}.occupancy`]: {
        ...occupancy,
        name: `${readable(id)} occupancy`,
        value_template: "{{ 'ON' if value_json.occupied else 'OFF' }}",
      },
      [`zone.${id}.count`]: {
        platform: 'sensor',
        name: `${readable(id)} count`,
        state_topic: topics.zone(id),
        value_template: '{{ value_json.count }}',
        state_class: 'measurement',
        icon: 'mdi:counter',
      },
      ...byLabel,
    };
  });
}

function lines({ lines: all, topics, ofAgent }: CameraInput): Entities {
  const total = (id: string, direction: 'in' | 'out') =>
    ({
      platform: 'sensor',
      name: `${readable(id)} ${direction}`,
      state_topic: topics.line(id),
      value_template: `{{ value_json['${direction}'] }}`,
      // Begins at 0 with each start of the agent, which total_increasing takes for a reset.
      state_class: 'total_increasing',
      availability: ofAgent,
    }) as const;
  return entitiesOf(all, (id) => ({
    [`line.${id}.in`]: total(id, 'in'),
    [`line.${id}.out`]: total(id, 'out'),
  }));
}

function happenings({ topics, ofAgent }: CameraInput): Entities {
  const told = ['label=value_json.track.label', 'track=value_json.track.id', 'score=value_json.track.score'];
  const perhaps = ['zone', 'line', 'seconds'].map((key) => `${key}=value_json.${key} | default(none)`);
  return {
    events: {
      platform: 'event',
      name: 'Events',
      state_topic: topics.events,
      event_types: eventNames,
      value_template: `{{ dict(event_type=value_json.event, ${[...told, ...perhaps].join(', ')}) | tojson }}`,
      availability: ofAgent,
    },
    ...(topics.clips !== undefined && {
      clips: {
        platform: 'event',
        name: 'Clips',
        state_topic: topics.clips,
        event_types: ['clip'],
        value_template: `{{ dict(event_type='clip', labels=value_json.tracks | map(attribute='label') | unique | list, ${CLIP.map((key) => `${key}=value_json.${key}`).join(', ')}) | tojson }}`,
        icon: 'mdi:filmstrip',
        availability: ofAgent,
      },
    }),
    ...(topics.snapshot !== undefined && { snapshot: image('Snapshot', topics.snapshot, ofAgent) }),
    ...(topics.crop !== undefined && { crop: image('Snapshot, cut out', topics.crop, ofAgent) }),
  };
}

function image(name: string, topic: string, availability: readonly Availability[]) {
  return { platform: 'image', name, image_topic: topic, content_type: 'image/jpeg', availability } as const;
}

function diagnostics({ camera, topics, diagnosticsSeconds, ofAgent }: CameraInput): Entities {
  // A camera that was never opened is not in the statistics.
  const value = (key: string) =>
    `{{ (value_json.cameras[${literal(camera)}] | default({})).${key} | default(none) }}`;
  const counted = {
    platform: 'sensor',
    state_topic: topics.diagnostics,
    ...diagnostic,
    expire_after: staleAfter(diagnosticsSeconds),
  } as const;
  return {
    connectivity: {
      platform: 'binary_sensor',
      name: 'Connectivity',
      state_topic: topics.status,
      value_template: "{{ 'ON' if value_json.state == 'running' else 'OFF' }}",
      device_class: 'connectivity',
      ...diagnostic,
      json_attributes_topic: topics.status,
      // Not how often it was tried, and when it will be: that changes with each try.
      json_attributes_template: `{{ dict(${ATTRIBUTES.map((key) => `${key}=value_json.${key} | default(none)`).join(', ')}) | tojson }}`,
      availability: ofAgent,
    },
    fps: {
      ...counted,
      name: 'Frame rate',
      value_template: value('inferredFps'),
      unit_of_measurement: 'fps',
      state_class: 'measurement',
      suggested_display_precision: 1,
      icon: 'mdi:speedometer',
    },
    dropped: {
      ...counted,
      name: 'Dropped frames',
      value_template: value('dropped'),
      unit_of_measurement: 'frames',
      state_class: 'total_increasing',
    },
  };
}

function entitiesOf<Of>(all: readonly Of[], make: (of: Of) => Entities): Entities {
  return Object.assign({}, ...all.map(make));
}

/** Text in a template. */
function literal(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
