// Errors of a connection -> class and one line; failures in a row -> wait.

import { expect, test } from 'vitest';
import { retryDelayMs } from '#common/backoff.js';
import { describeFailure } from '../../../../agent/messaging/broker/failures.js';

const target = { url: 'mqtt://broker:1883', clientId: 'cspcam-porch', username: undefined };
const failed = (message: string, code?: string | number) =>
  Object.assign(new Error(message), code !== undefined && { code });

test.each([
  [
    failed('connect ECONNREFUSED', 'ECONNREFUSED'),
    'unreachable',
    'expected a broker for mqtt.url mqtt://broker:1883, received a refusal: nothing listens there',
  ],
  [
    new AggregateError([failed('', 'ECONNREFUSED'), failed('', 'ECONNREFUSED')], ''),
    'unreachable',
    'expected a broker for mqtt.url mqtt://broker:1883, received a refusal: nothing listens there',
  ],
  [
    failed('getaddrinfo ENOTFOUND broker', 'ENOTFOUND'),
    'unreachable',
    'expected a broker for mqtt.url mqtt://broker:1883, received no such host name',
  ],
  [
    failed('connack timeout'),
    'timeout',
    'expected an answer for mqtt.url mqtt://broker:1883, received connack timeout',
  ],
  [
    failed('Connection refused: Bad username or password', 4),
    'credentials',
    'expected a user and password that the broker accepts for mqtt.username (not set) at mqtt://broker:1883, received Bad username or password (4)',
  ],
  [
    failed('Connection refused: Banned', 138),
    'refused',
    'expected a broker that accepts the connection for mqtt.url mqtt://broker:1883, received Banned (138)',
  ],
  [
    failed('Connection refused: Identifier rejected', 2),
    'client-id',
    'expected a client id that the broker accepts for mqtt.clientId cspcam-porch, received Identifier rejected (2)',
  ],
  [
    failed('the broker ended the connection', 142),
    'taken-over',
    'expected a client id that no other client uses for mqtt.clientId cspcam-porch, received the broker ended the connection (142)',
  ],
  [
    failed('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'),
    'tls',
    'expected a trusted certificate for mqtt.tls at mqtt://broker:1883, received self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)',
  ],
  [failed('read ECONNRESET', 'ECONNRESET'), 'lost', 'lost the broker at mqtt://broker:1883: read ECONNRESET'],
  [
    failed('Keepalive timeout'),
    'timeout',
    'expected an answer for mqtt.url mqtt://broker:1883, received Keepalive timeout',
  ],
  [undefined, 'lost', 'lost the broker at mqtt://broker:1883'],
])('%s', (error, kind, message) => {
  expect(describeFailure(error, target)).toEqual({ kind, message });
});

test.each([
  [1, 0, 500],
  [1, 1, 1000],
  [2, 0.5, 1500],
  [5, 1, 16_000],
  [6, 1, 30_000],
  [6, 0, 15_000],
  [10_000, 1, 30_000],
])('failure %d, random %d: %d ms', (failures, random, ms) => {
  expect(retryDelayMs({ firstMs: 1000, longestMs: 30_000 }, failures, random)).toBe(ms);
});
