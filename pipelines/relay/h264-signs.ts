// Payload of an RTP packet of H.264 (RFC 6184) -> what it tells of its picture, or that it must not go on. Pure.

import { aggregated, both, isFirstSlice, NOTHING, type Signs } from './signs.js';

const STAP_A = 24;
const FU_A = 28;
/** Those of cameras: single units, several in one packet (STAP-A), and one in several (FU-A); others are of mode 2. */
const OF_MODE_2: readonly number[] = [25, 26, 27, 29];
const START = 0x80;

/** @param payload not empty */
export function h264Signs(payload: Buffer): Signs | 'ignored' | 'invalid' {
  const type = payload[0]! & 0x1f;
  const isForbidden = (payload[0]! & 0x80) !== 0;
  if (isForbidden || OF_MODE_2.includes(type)) return 'invalid';
  if (type === STAP_A) {
    const units = aggregated(payload.subarray(1));
    if (units === undefined || !units.every((unit) => isUnit(unit[0]! & 0x1f))) return 'invalid';
    return units.map((unit) => h264Unit(unit[0]! & 0x1f, unit.subarray(1))).reduce(both, NOTHING);
  }
  if (type === FU_A) {
    if (payload.length < 2 || !isUnit(payload[1]! & 0x1f)) return 'invalid';
    const isStart = (payload[1]! & START) !== 0;
    return isStart ? h264Unit(payload[1]! & 0x1f, payload.subarray(2)) : NOTHING;
  }
  return isUnit(type) ? h264Unit(type, payload.subarray(1)) : 'ignored';
}

function isUnit(type: number): boolean {
  return type >= 1 && type < STAP_A;
}

function h264Unit(type: number, rest: Buffer): Signs {
  const isSlice = type === 1 || type === 5;
  return {
    begins: isSlice ? isFirstSlice(rest) : type >= 6 && type <= 9,
    isSlice,
    isKey: type === 5,
    hasParameters: type === 7,
    isIntra: type === 1 && isIntraSlice(rest),
  };
}

/** H.264, 7.3.3: first_mb_in_slice and slice_type are the first two numbers, in Exp-Golomb code. */
function isIntraSlice(slice: Buffer): boolean {
  let at = 0;
  const bit = () => {
    const byte = slice[at >> 3] ?? 0;
    return (byte >> (7 - (at++ & 7))) & 1;
  };
  const number = () => {
    let zeros = 0;
    while (zeros < 32 && bit() === 0) zeros++;
    let value = 1;
    for (let i = 0; i < zeros; i++) value = 2 * value + bit();
    return value - 1;
  };
  number();
  const sliceType = number() % 5;
  return sliceType === 2 || sliceType === 4;
}
