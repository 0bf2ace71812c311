// Records of multicast DNS -> the services that are believed.

import { expect, test } from 'vitest';
import { announcedIn } from '../../../agent/discovery/announced.js';

const KIND = '_mqtt._tcp';
const PTR = { name: '_mqtt._tcp.local', type: 'PTR', data: 'Broker._mqtt._tcp.local' };
const SRV = { name: 'Broker._mqtt._tcp.local', type: 'SRV', data: { target: 'house.local', port: 1884 } };
const A = { name: 'house.local', type: 'A', data: '10.0.0.5' };
const FOUND = { kind: KIND, name: 'Broker', host: 'house.local', address: '10.0.0.5', port: 1884 };
const from = '10.0.0.5';

test.each<[what: string, said: { records: unknown[]; from: string }[], found: object[]]>([
  ['one datagram', [{ records: [PTR, SRV, A], from }], [FOUND]],
  [
    'three, in another order, said twice',
    [
      { records: [A], from },
      { records: [SRV], from },
      { records: [PTR], from },
      { records: [PTR], from },
    ],
    [FOUND],
  ],
  ['other cases of letters', [{ records: [{ ...PTR, name: '_MQTT._tcp.local' }, SRV, A], from }], [FOUND]],
  ['no address', [{ records: [PTR, SRV], from }], [FOUND]],
  ['the address of another host', [{ records: [PTR, SRV, { ...A, data: '10.0.0.9' }], from }], []],
  [
    'records of two hosts',
    [
      { records: [PTR], from },
      { records: [SRV, A], from: '10.0.0.6' },
    ],
    [],
  ],
  ['another kind', [{ records: [{ ...PTR, name: '_ipp._tcp.local' }, SRV, A], from }], []],
  ['no port', [{ records: [PTR, { ...SRV, data: { target: 'house.local', port: 0 } }, A], from }], []],
  ['a name that is none', [{ records: [PTR, { ...SRV, data: { target: 'a b@c', port: 1 } }], from }], []],
  ['what is no record', [{ records: [null, 1, {}, { name: 1, type: 'PTR' }], from }], []],
])('%s', (_, said, found) => {
  expect(announcedIn(said, [KIND])).toEqual(found);
});
