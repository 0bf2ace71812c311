// Hosts and origins as browsers and attackers send them -> who is answered.

import { expect, test } from 'vitest';
import { isKnownHost, isOwnOrigin, isOwnSite, ownNames } from '../../../agent/page/server/guard.js';

const NAMES = ['porch', 'porch.local', 'cameras.example.org'];

test.each<[host: string | undefined, isKnown: boolean]>([
  ['127.0.0.1:8765', true],
  ['192.168.1.7', true],
  ['[::1]:8765', true],
  ['[fe80::1]', true],
  ['localhost:9', true],
  ['PORCH:8765', true],
  ['porch.local.', true],
  ['cameras.example.org', true],
  // Browsers read these as addresses, and so they lead to no name of anybody.
  ['127.1', true],
  ['0x7f000001', true],
  [undefined, false],
  ['', false],
  ['evil.example', false],
  ['porch.evil.example', false],
  ['localhost.evil.example', false],
  ['127.0.0.1.evil.example', false],
  ['127.0.0.1@evil.example', false],
  ['evil.example#127.0.0.1', false],
  ['evil.example/127.0.0.1', false],
  ['[::1', false],
  ['localhost evil.example', false],
])('host %s: %s', (host, isKnown) => {
  expect(isKnownHost(host, NAMES)).toBe(isKnown);
});

test.each<[hostname: string, host: string, hosts: string[], accepted: string[], refused: string[]]>([
  ['Porch', '127.0.0.1', [], ['porch', 'porch.local'], ['porch.example.org', 'yard']],
  [
    'porch.example.org',
    '0.0.0.0',
    [],
    ['porch', 'porch.local', 'porch.example.org'],
    ['example.org', 'porch.example.com'],
  ],
  ['porch', 'Cameras.lan', ['proxy.lan'], ['porch', 'cameras.lan', 'proxy.lan'], ['cameras', 'lan']],
])('machine %s, listening on %s, with hosts %j', (hostname, host, hosts, accepted, refused) => {
  const names = ownNames(hostname, [host, ...hosts]);
  for (const name of accepted) expect(isKnownHost(`${name}:8765`, names), name).toBe(true);
  for (const name of refused) expect(isKnownHost(`${name}:8765`, names), name).toBe(false);
});

test.each<[origin: string | undefined, host: string | undefined, isOwn: boolean]>([
  ['http://127.0.0.1:8765', '127.0.0.1:8765', true],
  ['http://PORCH:8765', 'porch:8765', true],
  ['http://porch', 'porch:80', true],
  // Behind a proxy that speaks TLS.
  ['https://cameras.example.org', 'cameras.example.org', true],
  ['https://cameras.example.org', 'cameras.example.org:443', true],
  ['http://127.0.0.1:8766', '127.0.0.1:8765', false],
  ['http://localhost:8765', '127.0.0.1:8765', false],
  ['http://evil.example', '127.0.0.1:8765', false],
  ['null', '127.0.0.1:8765', false],
  ['file://127.0.0.1:8765', '127.0.0.1:8765', false],
  ['', '127.0.0.1:8765', false],
  [undefined, '127.0.0.1:8765', false],
  ['http://127.0.0.1:8765', undefined, false],
])('origin %s to %s: %s', (origin, host, isOwn) => {
  expect(isOwnOrigin({ origin, host })).toBe(isOwn);
  expect(isOwnOrigin({ origin, host, site: 'cross-site' })).toBe(false);
});

test.each<[site: string | undefined, isOwn: boolean]>([
  [undefined, true],
  ['same-origin', true],
  ['none', true],
  ['same-site', false],
  ['cross-site', false],
])('sec-fetch-site %s: %s', (site, isOwn) => {
  expect(isOwnSite({ site })).toBe(isOwn);
});
