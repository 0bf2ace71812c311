// Payload of an RTP packet of H.265 (RFC 7798) -> what it tells of its picture, or that it must not go on. Pure.

import { aggregated, both, isFirstSlice, NOTHING, type Signs } from './signs.js';

const HEADER_BYTES = 2;
const AP = 48;
const FU = 49;
const PACI = 50;
const START = 0x80;

/** @param payload not empty */
export function h265Signs(payload: Buffer): Signs | 'ignored' | 'invalid' {
  if (!hasHeader(payload)) return 'invalid';
  const type = typeOf(payload);
  // What is packed into it would be lost: no camera is known to use it, and GStreamer has not got it.
  if (type === PACI) return 'invalid';
  if (type === AP) {
    const units = aggregated(payload.subarray(HEADER_BYTES));
    if (units === undefined || !units.every((unit) => hasHeader(unit) && typeOf(unit) < AP)) return 'invalid';
    return units.map((unit) => h265Unit(typeOf(unit), unit.subarray(HEADER_BYTES))).reduce(both, NOTHING);
  }
  if (type === FU) {
    const fragment = payload[HEADER_BYTES] ?? FU;
    const fragmented = fragment & 0x3f;
    if (fragmented >= AP) return 'invalid';
    const isStart = (fragment & START) !== 0;
    return isStart ? h265Unit(fragmented, payload.subarray(HEADER_BYTES + 1)) : NOTHING;
  }
  return type < AP ? h265Unit(type, payload.subarray(HEADER_BYTES)) : 'ignored';
}

/** The forbidden bit is 0, and the temporal layer, which counts from 1, is not. */
function hasHeader(unit: Buffer): boolean {
  return unit.length >= HEADER_BYTES && (unit[0]! & 0x80) === 0 && (unit[1]! & 0x07) !== 0;
}

function typeOf(unit: Buffer): number {
  return (unit[0]! >> 1) & 0x3f;
}

/** Parameter sets, delimiters and what is told of a picture in advance come before its slices. */
function h265Unit(type: number, rest: Buffer): Signs {
  const begins = type < 32 ? isFirstSlice(rest) : type <= 35 || type === 39;
  // Pictures for a random access have types of their own.
  return { ...NOTHING, begins, isSlice: type < 32, isKey: type >= 16 && type <= 21 };
}
