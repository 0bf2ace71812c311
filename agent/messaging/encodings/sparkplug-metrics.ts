// A message of ours -> Sparkplug metrics of the node and of its devices, the cameras.

import type { Message } from '../schemas.js';
import type { Metric } from './sparkplug-payload.js';

export interface MetricUpdates {
  readonly node?: readonly Metric[];
  /** By camera. */
  readonly devices?: Readonly<Record<string, DeviceUpdate>>;
}

export interface DeviceUpdate {
  /** Whether frames come; undefined where the message does not say. */
  readonly alive?: boolean;
  readonly metrics: readonly Metric[];
}

/** Nothing of a frame: Sparkplug is for values that last, and its DDATA would be one per frame. */
export function metricsOf(message: Message): MetricUpdates {
  switch (message.kind) {
    case 'info': {
      const { version, provider, model } = message.body;
      return {
        node: [
          text('Properties/Version', version),
          text('Properties/Model', model.name),
          text('Properties/Provider', provider),
        ],
      };
    }
    case 'status': {
      const { camera, state, restarts } = message.body;
      return {
        devices: { [camera]: { alive: state === 'running', metrics: [count('Restarts', restarts)] } },
      };
    }
    case 'count': {
      const { camera, label, count: visible, stationary } = message.body;
      return ofCamera(camera, count(`Count/${label}`, visible), count(`Stationary/${label}`, stationary));
    }
    case 'zone': {
      const { camera, zone, occupied, count: inside } = message.body;
      const isOccupied = { name: `Zone/${zone}/Occupied`, type: 'Boolean', value: occupied } as const;
      return ofCamera(camera, isOccupied, count(`Zone/${zone}/Count`, inside));
    }
    case 'line': {
      const { camera, line, in: inward, out } = message.body;
      return ofCamera(camera, count(`Line/${line}/In`, inward), count(`Line/${line}/Out`, out));
    }
    case 'stats': {
      const devices = Object.entries(message.body.cameras).map(([camera, { capturedFps, inferredFps }]) => [
        camera,
        { metrics: [rate('Captured FPS', capturedFps), rate('Inferred FPS', inferredFps)] },
      ]);
      return { devices: Object.fromEntries(devices) };
    }
    default:
      return {};
  }
}

function ofCamera(camera: string, ...metrics: Metric[]): MetricUpdates {
  return { devices: { [camera]: { metrics } } };
}

const count = (name: string, value: number): Metric => ({ name, type: 'Int64', value });
const rate = (name: string, value: number): Metric => ({ name, type: 'Double', value });
const text = (name: string, value: string): Metric => ({ name, type: 'String', value });
