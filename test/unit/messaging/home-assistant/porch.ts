// A configuration with everything that Home Assistant is told of, and the discovery messages made of it.

import { complete, configFile } from '../../../../agent/config/schema.js';
import { discoveries } from '../../../../agent/messaging/home-assistant/discovery.js';

const square = {
  points: [
    [0, 0],
    [1, 0],
    [1, 1],
  ],
};

export const labels = [
  'person',
  'bicycle',
  'car',
  "d'Artagnan\\",
  ...Array.from({ length: 20 }, (_, i) => `thing ${i}`),
];

export function porchConfig(changes: Record<string, unknown> = {}) {
  const cameras = {
    door: {
      source: 'test:ball',
      zones: {
        steps: square,
        yard: { ...square, labels: ['car', "d'Artagnan\\"] },
        lawn: { ...square, labels: ['car'] },
      },
      lines: {
        gate: {
          points: [
            [0, 0],
            [1, 1],
          ],
        },
      },
    },
    front_door: { source: 'test:ball', enabled: false, labels: ["d'Artagnan\\", 'no such label'] },
  };
  const mqtt = { url: 'mqtt://127.0.0.1:1883', homeAssistant: { prefix: 'ha/discovery' } };
  return complete(configFile.parse({ device: 'porch', mqtt, cameras, ...changes }));
}

export function porchDiscoveries(changes: Record<string, unknown> = {}) {
  return discoveries({ config: porchConfig(changes), model: { name: 'tiny', labels }, version: '1.2.3' });
}
