// Errors of a connection -> class and one line; failures in a row -> wait.

import { expect, test } from 'vitest';
import { retryDelayMs } from '#common/backoff.js';
import type { Ending } from '../../../../agent/messaging/broker/delivery.js';
import { describeFailure, endingOf } from '../../../../agent/messaging/broker/failures.js';

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
    failed('Bad username or password (4)', 4),
    'credentials',
    'expected a user and password that the broker accepts for mqtt.username (not set) at mqtt://broker:1883, received Bad username or password (4)',
  ],
  [
    failed('Banned (138): for a week', 138),
    'refused',
    'expected a broker that accepts the connection for mqtt.url mqtt://broker:1883, received Banned (138): for a week',
  ],
  [
    failed('Identifier rejected (2)', 2),
    'client-id',
    'expected a client id that the broker accepts for mqtt.clientId cspcam-porch, received Identifier rejected (2)',
  ],
  [
    failed('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'),
    'tls',
    'expected a trusted certificate for mqtt.tls at mqtt://broker:1883, received self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)',
  ],
  [
    failed('Keepalive timeout'),
    'timeout',
    'expected an answer for mqtt.url mqtt://broker:1883, received Keepalive timeout',
  ],
])('before it has accepted the connection: %s', (error, kind, message) => {
  const connecting = { wasReached: false, hasAnswered: false };
  expect(describeFailure(error, target, connecting)).toEqual({ kind, message });
});

test.each([
  [undefined, 'lost', 'lost the broker at mqtt://broker:1883'],
  [failed('read ECONNRESET', 'ECONNRESET'), 'lost', 'lost the broker at mqtt://broker:1883: read ECONNRESET'],
  [
    failed('Session taken over (142)', 142),
    'taken-over',
    'expected a client id that no other client uses for mqtt.clientId cspcam-porch, received Session taken over (142)',
  ],
  // Of a message, as it was let in: no word about the password.
  [
    failed('Not authorized (135)', 135),
    'refused',
    'expected a broker that keeps the connection for mqtt.url mqtt://broker:1883, received Not authorized (135)',
  ],
])('after that: %s', (error, kind, message) => {
  expect(describeFailure(error, target, { wasReached: true, hasAnswered: true })).toEqual({ kind, message });
});

const closed = failed('read ECONNRESET', 'ECONNRESET');
const noTls = failed(
  'write EPROTO 0:error:0A00010B:SSL routines:ssl3_get_record:wrong version number',
  'EPROTO',
);
const noHandshake = failed(
  'Client network socket disconnected before secure TLS connection was established',
  'ECONNRESET',
);
const otherProtocol = (what: string) => failed(what, 'OTHER_PROTOCOL');

/** What another scheme or port would mend: address, error -> what the line ends in. */
test.each([
  ['mqtt://broker:8883', closed, 'port 8883 is in most places that of mqtts://'],
  ['mqtt://broker:9001', undefined, 'port 9001 is in most places that of ws://'],
  [
    'mqtt://broker:5672',
    otherProtocol('an AMQP answer'),
    'an AMQP answer: port 5672 is in most places that of AMQP',
  ],
  [
    'mqtt://broker:1234',
    undefined,
    'a connection that was closed without one (mqtts:// speaks TLS, ws:// and wss:// WebSockets)',
  ],
  [
    'mqtt://broker:1234',
    otherProtocol('a TLS answer'),
    'a TLS answer (mqtts:// speaks TLS, ws:// and wss:// WebSockets)',
  ],
  [
    'mqtts://broker:1883',
    noHandshake,
    'expected TLS for mqtt.url mqtts://broker:1883, received none: port 1883 is in most places that of mqtt://',
  ],
  ['mqtts://broker:1234', noTls, 'received none (without TLS it is mqtt:// or ws://)'],
  ['wss://broker:1234/mqtt', noTls, 'received none (without TLS it is mqtt:// or ws://)'],
  [
    'ws://broker:9001/',
    failed('Unexpected server response: 404'),
    'received Unexpected server response: 404 (the path is /mqtt or /ws in most places)',
  ],
  [
    'ws://broker:1883/',
    failed('socket hang up', 'ECONNRESET'),
    'received socket hang up: port 1883 is in most places that of mqtt://',
  ],
])('%s: %s', (url, error, end) => {
  const { message } = describeFailure(error, { ...target, url }, { wasReached: true, hasAnswered: false });
  expect(message.slice(-end.length)).toBe(end);
});

/** Code of a DISCONNECT, or errno -> whether the messages that were on their way are to blame. */
test.each<[string | number | undefined, Ending]>([
  [undefined, { by: 'broker' }],
  ['ECONNRESET', { by: 'broker' }],
  ['ETIMEDOUT', { by: 'other' }],
  [139, { by: 'other' }],
  [142, { by: 'other' }],
  [135, { by: 'broker', why: { kind: 'refused', reason: 'not-authorized', words: 'ended' } }],
  [149, { by: 'broker', why: { kind: 'refused', reason: 'too-large', words: 'ended' } }],
  [130, { by: 'broker', why: { kind: 'refused', reason: 'hang-up', words: 'ended' } }],
  [147, { by: 'broker', isOverrun: true }],
  [150, { by: 'broker', isOverrun: true }],
])('ended with %s', (code, ending) => {
  const error = code === undefined ? undefined : failed('ended', code);
  expect(endingOf(error, describeFailure(error, target))).toEqual(ending);
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
