// What MQTT.js keeps of each length that a packet has had -> made at once, in one block, so that it grows no more.

import { createRequire } from 'node:module';

/** The part that is used here of the package by which MQTT.js writes packets, in the version that is its own. */
interface PacketWriter {
  writeToStream: { (packet: object, stream: object): boolean; cacheNumbers: boolean };
}

/** Longer ones are not kept. */
const KEPT_BELOW = 16_384;
/** Node begins each part of a block at a multiple of it. */
const PART_BYTES = 8;

/**
 * mqtt-packet keeps a Buffer for each length below 16,384 that it has written (mqttjs/mqtt-packet#163), in days some
 * thousands. Made in passing each is a part of a block of other Buffers, which stays as long as it: with Node's blocks of 8 KB,
 * from Node 24 on of 64, that is up to 134 MB or a gigabyte. All of them together take four megabytes and a tenth of a second.
 */
export function keepPacketLengthsTogether(): void {
  const require = createRequire(import.meta.url);
  const { writeToStream } = createRequire(require.resolve('mqtt'))('mqtt-packet') as PacketWriter;
  // As the client has it: else 65,536 more of them are made.
  writeToStream.cacheNumbers = false;
  const nowhere = { write: () => true, cork() {}, uncork() {} };
  const topic = 'a';
  const payload = Buffer.alloc(KEPT_BELOW);
  const { poolSize } = Buffer;
  Buffer.poolSize = KEPT_BELOW * PART_BYTES;
  // A topic of one letter and its length stand before the payload.
  for (let bytes = 0; bytes < KEPT_BELOW - 3; bytes++)
    writeToStream({ cmd: 'publish', topic, payload: payload.subarray(0, bytes), qos: 0 }, nowhere);
  Buffer.poolSize = poolSize;
}
