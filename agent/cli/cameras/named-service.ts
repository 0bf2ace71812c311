// Text of `--host` -> the ONVIF service that it means.

import { hostOf } from '../../../pipelines/relay/address.js';
import type { DeviceService } from '../../discovery/words.js';
import { notTaken } from '../numbers.js';

export type NamedService = DeviceService;

/** Of every device, says ONVIF. */
const PATH = '/onvif/device_service';

/** @throws InvalidArgumentError in the form of all others; passwords are not repeated */
export function namedService(text: string): NamedService {
  const address = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw notTaken('a host, host:port or http://host/path', text.replace(/^.*@/, '***@'));
  if (url.username !== '' || url.password !== '')
    throw notTaken('no user or password in it (--user NAME)', text.replace(/^.*@/, '***@'));
  const encrypted = url.protocol === 'https:';
  const port = Number(url.port) || (encrypted ? 443 : 80);
  return { host: hostOf(url), port, path: url.pathname === '/' ? PATH : url.pathname, encrypted };
}
