// The entities of Home Assistant's MQTT discovery that the agent uses, in Home Assistant's own spelling.

/** Home Assistant takes the entity for available where the template gives `online`. */
export interface Availability {
  readonly topic: string;
  readonly value_template: string;
}

interface Entity {
  /** Never changes, or Home Assistant takes it for another entity. */
  readonly unique_id: string;
  /** Proposed once; the user may change it. */
  readonly default_entity_id: string;
  /** Home Assistant puts the name of the device in front. */
  readonly name: string;
  readonly entity_category?: 'diagnostic';
  /** false: Home Assistant knows it, and keeps its values only where a user switches it on. */
  readonly enabled_by_default?: false;
  readonly icon?: string;
  readonly json_attributes_topic?: string;
  /** Which of the message become attributes: each change of them is kept. */
  readonly json_attributes_template?: string;
  /** Instead of that of the device. */
  readonly availability?: readonly Availability[];
}

interface Sensor extends Entity {
  readonly platform: 'sensor';
  readonly state_topic: string;
  readonly value_template: string;
  readonly unit_of_measurement?: string;
  readonly device_class?: 'data_size' | 'duration' | 'temperature';
  readonly state_class?: 'measurement' | 'total_increasing';
  readonly suggested_display_precision?: number;
  /** Seconds after which a value that was not renewed is unknown. */
  readonly expire_after?: number;
}

/** Its template gives ON or OFF. */
interface BinarySensor extends Entity {
  readonly platform: 'binary_sensor';
  readonly state_topic: string;
  readonly value_template: string;
  readonly device_class: 'connectivity' | 'occupancy';
}

interface Image extends Entity {
  readonly platform: 'image';
  readonly image_topic: string;
  readonly content_type: string;
}

/** Its template gives JSON with `event_type`; further keys become attributes. */
interface Event extends Entity {
  readonly platform: 'event';
  readonly state_topic: string;
  readonly value_template: string;
  readonly event_types: readonly string[];
}

export type Component = Sensor | BinarySensor | Image | Event;

type Own<Kind> = Kind extends Component ? Omit<Kind, 'unique_id' | 'default_entity_id'> : never;
/** A component before it belongs to a device. */
export type DevicelessComponent = Own<Component>;

/** How something is doing, for who looks for a fault. */
export const diagnostic = { entity_category: 'diagnostic', enabled_by_default: false } as const;
