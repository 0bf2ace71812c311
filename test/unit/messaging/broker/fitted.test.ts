// Messages of every form -> the size that mqtt-packet makes of them, and what is left of QoS and retain.

import mqttPacket from 'mqtt-packet';
import { expect, test } from 'vitest';
import type { Outgoing } from '../../../../agent/messaging/broker/client.js';
import { fitted, packetBytes, refusalBy } from '../../../../agent/messaging/broker/fitted.js';
import { limitsOf } from '../../../../agent/messaging/broker/limits.js';

const topics = ['a', 'cspcam/porch/camera/door/events', 'cspcam/porch/camera/t\u00fcr/count/\u884c\u4eba'];
const payloads = ['', 'x', '\u884c\u4eba', 'x'.repeat(100), 'x'.repeat(16_360), Buffer.alloc(2_097_140)];
const properties: Partial<Outgoing['options']>[] = [
  {},
  { expirySeconds: 10 },
  { contentType: 'application/json', userProperties: { schema: '1', bootId: '\u00e4', sequence: '12' } },
  { userProperties: { long: 'x'.repeat(200) } },
];

const cases = topics.flatMap((topic) =>
  payloads.flatMap((payload) =>
    properties.flatMap((more) =>
      ([0, 1] as const).map((qos): Outgoing => ({ topic, payload, options: { qos, retain: true, ...more } })),
    ),
  ),
);

test.each(['3.1.1', '5'] as const)('MQTT %s: sizes are those of the packets', (protocol) => {
  for (const message of cases) {
    const { qos, retain, expirySeconds, contentType, userProperties } = message.options;
    const packet = mqttPacket.generate(
      {
        cmd: 'publish',
        ...{ topic: message.topic, payload: message.payload, qos, retain, dup: false, messageId: 7 },
        properties: {
          ...(expirySeconds !== undefined && { messageExpiryInterval: expirySeconds }),
          ...(contentType !== undefined && { contentType }),
          ...(userProperties !== undefined && { userProperties: { ...userProperties } }),
        },
      },
      { protocolVersion: protocol === '5' ? 5 : 4 },
    );
    expect(packetBytes(message, protocol)).toBe(packet.length);
  }
});

test.each([
  [{}, 1, true],
  [{ maximumQos: 0 }, 0, true],
  [{ maximumQos: 1 }, 1, true],
  [{ retainAvailable: false }, 1, false],
  [{ maximumQos: 0, retainAvailable: false }, 0, false],
] as const)('%j: QoS %d, retain %s', (limits, qos, retain) => {
  const message = {
    topic: 'a',
    payload: '',
    options: { qos: 1, retain: true, contentType: 'text' },
  } as const;
  expect(fitted(message, limits).options).toEqual({ qos, retain, contentType: 'text' });
});

test('a packet of the greatest size is taken, one byte more is not', () => {
  expect(refusalBy({ maximumPacketBytes: 100 }, 100)).toBeUndefined();
  expect(refusalBy({ maximumPacketBytes: 100 }, 101)).toBe('too-large');
  expect(refusalBy({}, 1e9)).toBeUndefined();
});

test.each([
  [undefined, {}],
  // Not allowed, and no reason to send nothing.
  [{ receiveMaximum: 0, maximumPacketSize: 0 }, {}],
  [{ maximumQoS: 2, retainAvailable: true, wildcardSubscriptionAvailable: true }, {}],
  [
    {
      receiveMaximum: 10,
      maximumPacketSize: 1000,
      maximumQoS: 0,
      retainAvailable: false,
      serverKeepAlive: 20,
    },
    {
      receiveMaximum: 10,
      maximumPacketBytes: 1000,
      maximumQos: 0,
      retainAvailable: false,
      keepAliveSeconds: 20,
    },
  ],
  [
    { wildcardSubscriptionAvailable: 0, retainAvailable: 0, assignedClientIdentifier: 'x' },
    { wildcardsAvailable: false, retainAvailable: false, clientId: 'x' },
  ],
])('CONNACK %j', (said, limits) => {
  expect(limitsOf(said)).toEqual(limits);
});
