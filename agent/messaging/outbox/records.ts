// Payload <-> record of the outbox: length and checksum before it, so that a cut or spoilt one is known.

import { crc32 } from 'node:zlib';

/** Length and CRC-32 of the payload, uint32 little endian. */
export const HEAD_BYTES = 8;

export function encode(payload: Buffer): Buffer {
  const record = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
  record.writeUInt32LE(payload.length, 0);
  record.writeUInt32LE(crc32(payload), 4);
  payload.copy(record, HEAD_BYTES);
  return record;
}

/** @returns the payload at the offset; nothing where the record is cut off or damaged */
export function decode(bytes: Buffer, offset: number): Buffer | undefined {
  if (offset + HEAD_BYTES > bytes.length) return undefined;
  const end = offset + HEAD_BYTES + bytes.readUInt32LE(offset);
  if (end > bytes.length) return undefined;
  const payload = bytes.subarray(offset + HEAD_BYTES, end);
  return crc32(payload) === bytes.readUInt32LE(offset + 4) ? payload : undefined;
}

/** @returns how many good records there are before a damaged one or the end, and how many bytes they take */
export function scan(bytes: Buffer): { records: number; goodBytes: number } {
  let records = 0;
  let goodBytes = 0;
  for (;;) {
    const payload = decode(bytes, goodBytes);
    if (payload === undefined) return { records, goodBytes };
    goodBytes += HEAD_BYTES + payload.length;
    records++;
  }
}
