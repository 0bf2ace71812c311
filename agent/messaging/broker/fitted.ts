// A message, and what a broker allows -> the message as it takes it, its size there, or why it never will take it. Pure.

import type { RefusalReason } from '../outcome.js';
import type { Outgoing, Protocol, SendOptions } from './client.js';
import type { BrokerLimits } from './limits.js';

/** A message with the QoS and the retain flag that the broker takes: its subscribers better have it so than not. */
export function fitted(message: Outgoing, { maximumQos, retainAvailable }: BrokerLimits): Outgoing {
  const { qos, retain } = message.options;
  const isQosFine = maximumQos === undefined || qos <= maximumQos;
  if (isQosFine && (retainAvailable !== false || !retain)) return message;
  return {
    ...message,
    options: { ...message.options, qos: isQosFine ? qos : 0, retain: retain && retainAvailable !== false },
  };
}

/** @returns why the broker will not take it; nothing where it may */
export function refusalBy(
  { maximumPacketBytes = Number.POSITIVE_INFINITY }: BrokerLimits,
  bytes: number,
): RefusalReason | undefined {
  return bytes > maximumPacketBytes ? 'too-large' : undefined;
}

/** A QoS 1 or 0 PUBLISH from its first byte to its last, as a broker compares it with its limit. */
export function packetBytes({ topic, payload, options }: Outgoing, protocol: Protocol): number {
  const properties = protocol === '5' ? propertyBytes(options) : undefined;
  const remaining =
    textBytes(topic) +
    (options.qos > 0 ? 2 : 0) +
    (properties === undefined ? 0 : lengthBytes(properties) + properties) +
    (typeof payload === 'string' ? Buffer.byteLength(payload) : payload.byteLength);
  return 1 + lengthBytes(remaining) + remaining;
}

function propertyBytes({ expirySeconds, contentType, userProperties = {} }: SendOptions): number {
  const pairs = Object.entries(userProperties).map(([key, value]) => 1 + textBytes(key) + textBytes(value));
  return (
    (expirySeconds === undefined ? 0 : 5) +
    (contentType === undefined ? 0 : 1 + textBytes(contentType)) +
    pairs.reduce((sum, bytes) => sum + bytes, 0)
  );
}

/** UTF-8 behind its length in two bytes. */
function textBytes(text: string): number {
  return 2 + Buffer.byteLength(text);
}

/** A length takes seven bits of each byte. */
function lengthBytes(length: number): number {
  return length < 128 ? 1 : length < 16_384 ? 2 : length < 2_097_152 ? 3 : 4;
}
