// The whole address of a stream -> the port at which its camera listens.

import { expect, test } from 'vitest';
import { portOf } from '../../../../pipelines/relay/address.js';

test.each([
  ['rtsp://cam/s', 554],
  ['RTSPS://cam/s', 322],
  ['rtsp://cam:8554/s', 8554],
  ['http://cam/s', 80],
  ['https://cam/s', 443],
  ['https://[::1]:8443/s', 8443],
])('%s', (location, port) => {
  expect(portOf(location)).toBe(port);
});
