// A configuration that will do -> what in it is likely a mistake all the same, a sentence each. Pure.

import { unlikelyPort } from './broker-address.js';
import type { Config } from './schema.js';

export function noticesOf({ mqtt }: Pick<Config, 'mqtt'>): string[] {
  const { protocol } = new URL(mqtt.url);
  const unlikely = unlikelyPort(mqtt.url);
  return unlikely === undefined ? [] : [`mqtt.url begins with ${protocol}//, but ${unlikely}`];
}
