// A configuration that will do -> what in it is likely a mistake all the same, as problems that stop nothing. Pure.

import { unlikelyPort } from './broker-address.js';
import type { Problem } from './problem.js';
import type { Config } from './schema.js';

export function unlikelyIn({ mqtt }: Pick<Config, 'mqtt'>): Problem[] {
  const { protocol, port } = new URL(mqtt.url);
  const usual = unlikelyPort(mqtt.url);
  if (usual === undefined) return [];
  const received = `${protocol}// with port ${port}`;
  return [{ key: 'mqtt.url', expected: `${usual} at that port, as in most places`, received }];
}
