// RTCP, several packets in one -> whether the stream has ended.

import { expect, test } from 'vitest';
import { saysGoodbye } from '../../../../pipelines/relay/rtcp.js';

const report = [0x80, 200, 0, 1, 0, 0, 0, 1];
const goodbye = [0x81, 203, 0, 1, 0, 0, 0, 1];

test.each<[string, readonly number[], boolean]>([
  ['a report', report, false],
  ['goodbye', goodbye, true],
  ['a report, then goodbye', [...report, ...goodbye], true],
  ['a report that calls itself longer', [0x80, 200, 0, 9, 0, 0, 0, 1, ...goodbye], false],
  ['another version', [0x41, 203, 0, 0], false],
  ['a part', [0x81, 203], false],
  ['nothing', [], false],
])('%s', (_, bytes, expected) => {
  expect(saysGoodbye(Buffer.from(bytes))).toBe(expected);
});
