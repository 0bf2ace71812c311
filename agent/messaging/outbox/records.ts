// Payload and its number <-> record of the outbox, so that damage costs the record it hits and no other. Pure.

import { crc32 } from 'node:zlib';

/** The first byte is none of UTF-8, so no payload of text holds this: after damage the next record is found by it. */
const MARK = Buffer.from([0xff, 0x63, 0x73, 0x70]);

/** Mark, index (uint48), two zeros, length and CRC-32 of the payload, CRC-32 of all these (uint32), little endian. */
export const HEAD_BYTES = 24;
const AT = { index: 4, length: 12, payloadCrc: 16, headCrc: 20 } as const;

export interface StoredRecord {
  readonly index: number;
  /** Nothing where it is damaged. */
  readonly payload: Buffer | undefined;
  /** With its head. */
  readonly bytes: number;
}

/** @param payload text in UTF-8 */
export function encode(index: number, payload: Buffer): Buffer {
  const record = Buffer.alloc(HEAD_BYTES + payload.length);
  MARK.copy(record);
  record.writeUIntLE(index, AT.index, 6);
  record.writeUInt32LE(payload.length, AT.length);
  record.writeUInt32LE(crc32(payload), AT.payloadCrc);
  record.writeUInt32LE(crc32(record.subarray(0, AT.headCrc)), AT.headCrc);
  payload.copy(record, HEAD_BYTES);
  return record;
}

/** @returns how many bytes the record at the offset takes; nothing where no good head is there */
export function lengthAt(bytes: Buffer, offset = 0): number | undefined {
  if (offset + HEAD_BYTES > bytes.length) return undefined;
  const head = bytes.subarray(offset, offset + HEAD_BYTES);
  if (!head.subarray(0, MARK.length).equals(MARK)) return undefined;
  if (crc32(head.subarray(0, AT.headCrc)) !== head.readUInt32LE(AT.headCrc)) return undefined;
  return HEAD_BYTES + head.readUInt32LE(AT.length);
}

/** @returns the record at the offset; nothing where no good head is there, or less than it says */
export function recordAt(bytes: Buffer, offset = 0): StoredRecord | undefined {
  const length = lengthAt(bytes, offset);
  if (length === undefined || offset + length > bytes.length) return undefined;
  const payload = bytes.subarray(offset + HEAD_BYTES, offset + length);
  const isGood = crc32(payload) === bytes.readUInt32LE(offset + AT.payloadCrc);
  return {
    index: bytes.readUIntLE(offset + AT.index, 6),
    payload: isGood ? payload : undefined,
    bytes: length,
  };
}

/** @returns where the next record begins, at the offset or behind it; nothing where there is none */
export function nextRecordAt(bytes: Buffer, offset: number): number | undefined {
  for (let at = bytes.indexOf(MARK, offset); at >= 0; at = bytes.indexOf(MARK, at + 1))
    if (recordAt(bytes, at) !== undefined) return at;
  return undefined;
}

/** @returns the index after the last record, and whether the bytes end with a whole one */
export function scan(bytes: Buffer, first: number): { end: number; isWhole: boolean } {
  let end = first;
  let offset = 0;
  for (;;) {
    const at = nextRecordAt(bytes, offset);
    // What is no record was one: whoever put it there has counted it.
    if (at === undefined)
      return { end: end + Number(offset < bytes.length), isWhole: offset === bytes.length };
    const { index, bytes: length } = recordAt(bytes, at)!;
    end = Math.max(end, index + 1);
    offset = at + length;
  }
}
