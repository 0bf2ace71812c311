// A package beside what is installed -> taken, nothing to do, or refused in one line.

import { expect, test } from 'vitest';
import {
  type Comparison,
  isUpdate,
  type Offer,
  othersIn,
  type Present,
} from '../../../agent/update/decide.js';

const offer: Offer = { file: 'new.deb', name: 'cspcam', version: '2', architecture: 'arm64' };
const present: Present = { version: '1', architecture: 'arm64', status: 'install ok installed' };
const newer: Comparison = { is: 'newer', allowDowngrade: false };

test.each<[what: string, expected: boolean, comparison: Comparison]>([
  ['a newer version', true, newer],
  ['the same version', false, { is: 'same', allowDowngrade: false }],
  ['an older version that is asked for', true, { is: 'older', allowDowngrade: true }],
])('%s: %s', (_, expected, comparison) => {
  expect(isUpdate(offer, present, comparison)).toBe(expected);
});

test.each<[said: string, offer: Partial<Offer>, present: Partial<Present>, comparison: Partial<Comparison>]>([
  ['expected a package of cspcam for new.deb, received one of mosquitto', { name: 'mosquitto' }, {}, {}],
  ['expected a package for arm64 for new.deb, received one for amd64', { architecture: 'amd64' }, {}, {}],
  [
    'expected a version after 1, or --allow-downgrade, for new.deb, received 0.9',
    { version: '0.9' },
    {},
    { is: 'older' },
  ],
  [
    'expected a cspcam that dpkg has installed whole for dpkg, received install ok half-configured (dpkg --audit)',
    {},
    { status: 'install ok half-configured' },
    {},
  ],
])('%s', (said, ofOffer, ofPresent, ofComparison) => {
  const decide = () =>
    isUpdate({ ...offer, ...ofOffer }, { ...present, ...ofPresent }, { ...newer, ...ofComparison });
  expect(decide).toThrow(expect.objectContaining({ message: said }));
});

test('other packages that apt would bring or remove', () => {
  const simulated = `Reading package lists...
Inst libexample1 (1.2 Debian:12/stable [amd64])
Inst cspcam [1] (2 local-deb [amd64])
Remv mosquitto [2.0]
Conf cspcam (2 local-deb [amd64])
`;
  expect(othersIn(simulated)).toEqual(['libexample1', 'mosquitto']);
});
