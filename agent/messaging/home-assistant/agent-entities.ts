// Topics of the agent -> the entities that say how it is doing. Pure.

import { type DevicelessComponent, diagnostic } from './component.js';

export interface AgentTopics {
  readonly diagnostics: string;
  readonly health: string;
  /** Seconds between two messages on `diagnostics`. */
  readonly diagnosticsSeconds: number;
}

/** Three messages may get lost before a value is no longer believed. */
export function staleAfter(intervalSeconds: number): number {
  return Math.ceil(3 * intervalSeconds);
}

const HEALTH_SECONDS = 60;

/** Each under a key that stays the same over versions. */
export function agentEntities(topics: AgentTopics): Record<string, DevicelessComponent> {
  const measured = {
    platform: 'sensor',
    state_topic: topics.diagnostics,
    state_class: 'measurement',
    ...diagnostic,
    expire_after: staleAfter(topics.diagnosticsSeconds),
  } as const;
  const p95 = (stage: string) =>
    ({
      ...measured,
      // Without frames there are no times: none is unknown to Home Assistant.
      value_template: `{{ (value_json.latencyMs.${stage} | default({})).p95 | default(none) }}`,
      device_class: 'duration',
      unit_of_measurement: 'ms',
      suggested_display_precision: 1,
    }) as const;
  return {
    inference_p95: { ...p95('inference'), name: 'Inference time (95%)' },
    latency_p95: { ...p95('total'), name: 'Capture to publish (95%)' },
    temperature: {
      ...measured,
      name: 'Temperature',
      value_template: '{{ value_json.system.temperaturesC.values() | max | default(none) }}',
      device_class: 'temperature',
      unit_of_measurement: '°C',
      suggested_display_precision: 1,
    },
    cpu: {
      ...measured,
      name: 'Processor use',
      value_template: '{{ value_json.system.cpuPercent }}',
      unit_of_measurement: '%',
      suggested_display_precision: 0,
      icon: 'mdi:cpu-64-bit',
    },
    memory: {
      ...measured,
      name: 'Memory of the agent',
      value_template: '{{ value_json.process.residentBytes / 1000000 }}',
      device_class: 'data_size',
      unit_of_measurement: 'MB',
      suggested_display_precision: 0,
    },
    uptime: {
      ...measured,
      state_topic: topics.health,
      expire_after: staleAfter(HEALTH_SECONDS),
      name: 'Uptime',
      value_template: '{{ value_json.uptimeSeconds }}',
      device_class: 'duration',
      unit_of_measurement: 's',
      suggested_display_precision: 0,
    },
  };
}
