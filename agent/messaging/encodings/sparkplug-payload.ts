// Metrics <-> the bytes of a Sparkplug B payload. The only owner of sparkplug-payload (Eclipse Tahu).

import { get } from 'sparkplug-payload';
import proto from 'sparkplug-payload/lib/sparkplugPayloadProto.js';

export const NAMESPACE = 'spBv1.0';

const codec = get(NAMESPACE)!;

export interface Metric {
  readonly name: string;
  /** Whole numbers are Int64: implementations differ on the field that UInt32 goes into. */
  readonly type: 'Boolean' | 'Double' | 'Int64' | 'String';
  readonly value: boolean | number | string;
}

export interface SparkplugPayload {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  /** 0 to 255; NDEATH has none. */
  readonly seq?: number;
  readonly metrics: readonly Metric[];
}

export function encodeSparkplug({ timestamp, seq, metrics }: SparkplugPayload): Buffer {
  const timed = metrics.map((metric) => ({ ...metric, timestamp }));
  return Buffer.from(codec.encodePayload({ timestamp, metrics: timed, ...(seq !== undefined && { seq }) }));
}

/**
 * Whether a command sets the metric to true; a payload that is none sets nothing. The codec would lose values
 * that come without their type, which only births must give.
 */
export function commands(payload: Buffer, name: string): boolean {
  try {
    const { metrics } = proto.org.eclipse.tahu.protobuf.Payload.decode(payload);
    return metrics.some((metric) => metric.name === name && metric.booleanValue === true);
  } catch {
    return false;
  }
}
