// Configuration as it is at each request -> the requests that are answered by it.

import { monotonicMs } from '#common/clock.js';
import type { Config } from '../../config/schema.js';
import { Requests, type RequestsOptions } from './requests.js';

export interface RequestsInput extends Pick<RequestsOptions, 'handlers' | 'publish' | 'log'> {
  /** Asked with each request: a reload may change it. */
  readonly config: () => Config;
}

export function requestsOf({ config, ...input }: RequestsInput): Requests {
  return new Requests({
    ...input,
    get base() {
      return config().mqtt.base;
    },
    get device() {
      return config().device;
    },
    get cameras() {
      return Object.keys(config().cameras);
    },
    get allowed() {
      return config().requests.allow;
    },
    get perMinute() {
      return config().requests.perMinute;
    },
    nowMs: monotonicMs,
  });
}
