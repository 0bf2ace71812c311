// Packets of a camera that names itself anew -> packets of one source, with nothing else changed.

import { expect, test } from 'vitest';
import { OneSource } from '../../../../pipelines/relay/one-source.js';

const rtp = (source: number) => Buffer.from([0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, source, 9, 9]);
const rtcp = (source: number) => Buffer.from([0x80, 200, 0, 1, 0, 0, 0, source]);

test.each<[string, readonly (readonly ['rtp' | 'rtcp', Buffer])[], Buffer[]]>([
  [
    'the first name stays',
    [
      ['rtp', rtp(5)],
      ['rtp', rtp(6)],
      ['rtcp', rtcp(6)],
      ['rtp', rtp(5)],
    ],
    [rtp(5), rtp(5), rtcp(5), rtp(5)],
  ],
  [
    'reports before it keep theirs',
    [
      ['rtcp', rtcp(4)],
      ['rtp', rtp(5)],
    ],
    [rtcp(4), rtp(5)],
  ],
  ['what is too short has none', [['rtp', Buffer.from([0x80, 96])]], [Buffer.from([0x80, 96])]],
])('%s', (_, sent, expected) => {
  const source = new OneSource();
  for (const [kind, packet] of sent) source.rename(kind, packet);
  expect(sent.map(([, packet]) => packet)).toEqual(expected);
});
