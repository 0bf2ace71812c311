// mqtt of the configuration -> the command that prints what its agent publishes, as a shell reads it. Pure.

import type { Config } from '../config/schema.js';
import { quoted } from './remedies.js';

/**
 * As the agent reaches its broker; a password is asked for nowhere and shown nowhere.
 *
 * @returns nothing where mosquitto_sub cannot follow: it knows no WebSockets, and trusts no broker without its certificate
 */
export function subscribing({ url, username, base, tls }: Config['mqtt']): string | undefined {
  const { hostname, port, protocol, username: inUrl } = new URL(url);
  const isEncrypted = protocol === 'mqtts:';
  if (!isEncrypted && protocol !== 'mqtt:') return undefined;
  if (isEncrypted && tls?.rejectUnauthorized === false) return undefined;
  const user = username ?? decodeURIComponent(inUrl);
  // The port is said of TLS whatever it is: mosquitto_sub takes 1883, where a password would go in clear.
  const at = isEncrypted ? port || '8883' : port === '1883' ? '' : port;
  const words = ['mosquitto_sub', '-v', '-h', hostname.replace(/^\[(.*)\]$/, '$1')];
  if (at !== '') words.push('-p', at);
  if (isEncrypted) words.push(...(tls?.ca === undefined ? ['--tls-use-os-certs'] : ['--cafile', tls.ca]));
  if (tls?.cert !== undefined && tls.key !== undefined) words.push('--cert', tls.cert, '--key', tls.key);
  if (user !== '') words.push('-u', user, '-P', 'PASSWORD');
  words.push('-t', `${base}/#`);
  // Pictures are no text.
  for (const picture of ['snapshot', 'crop']) words.push('-T', `${base}/+/camera/+/${picture}`);
  return quoted(words);
}
