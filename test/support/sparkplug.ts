// Bytes of a Sparkplug B payload -> its fields, read by protobufjs 8 with the numbers of sparkplug_b.proto.

import protobuf from 'protobufjs';

/** The fields that counts, texts and rates use; org.eclipse.tahu.protobuf.Payload has more. */
const proto = `
syntax = "proto2";
message Payload {
  message Metric {
    optional string name = 1;
    optional uint64 alias = 2;
    optional uint64 timestamp = 3;
    optional uint32 datatype = 4;
    optional bool is_historical = 5;
    optional bool is_null = 7;
    oneof value {
      uint32 int_value = 10;
      uint64 long_value = 11;
      float float_value = 12;
      double double_value = 13;
      bool boolean_value = 14;
      string string_value = 15;
    }
  }
  optional uint64 timestamp = 1;
  repeated Metric metrics = 2;
  optional uint64 seq = 3;
}`;

const payloadType = protobuf.parse(proto, { keepCase: true }).root.lookupType('Payload');
/** Of the specification, section 6.4.16. */
const typeNames: Readonly<Record<number, string>> = { 4: 'Int64', 10: 'Double', 11: 'Boolean', 12: 'String' };

export interface ReadPayload {
  readonly timestamp: number;
  readonly seq?: number;
  /** Name -> type and value. */
  readonly metrics: Readonly<Record<string, readonly [type: string, value: unknown]>>;
}

interface ReadMetric {
  readonly name: string;
  readonly datatype: number;
  /** Name of the field that is set. */
  readonly value: string;
  readonly [field: string]: unknown;
}

export function readSparkplug(bytes: Uint8Array): ReadPayload {
  const read = payloadType.toObject(payloadType.decode(bytes), { longs: Number, oneofs: true });
  const metrics = ((read.metrics ?? []) as ReadMetric[]).map((metric) => [
    metric.name,
    [typeNames[metric.datatype] ?? metric.datatype, metric[metric.value]],
  ]);
  return {
    timestamp: read.timestamp,
    ...(read.seq !== undefined && { seq: read.seq }),
    metrics: Object.fromEntries(metrics),
  };
}
