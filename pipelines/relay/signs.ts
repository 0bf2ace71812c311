// What one packet tells of the picture that it is a part of, and of two packets together. Pure.

export interface Signs {
  /** Nothing of the picture comes before it. */
  readonly begins: boolean;
  /** Holds a slice, or its beginning. */
  readonly isSlice: boolean;
  /** Begins or goes on with a picture that needs no other. */
  readonly isKey: boolean;
  /** H.264: parameters of the sequence come with pictures that one may begin at. */
  readonly hasParameters: boolean;
  /** H.264: a slice that only refers to itself. */
  readonly isIntra: boolean;
}

/**
 * `ignored` is what a receiver has to pass over; `invalid` is what the RFC forbids: a part of its picture is lost, and
 * GStreamer 1.22 takes some of them for a fragment of 4 GB, or gives up.
 */
export type ReadSigns = (payload: Buffer) => Signs | 'ignored' | 'invalid';

export const NOTHING: Signs = {
  begins: false,
  isSlice: false,
  isKey: false,
  hasParameters: false,
  isIntra: false,
};

export function both(a: Signs, b: Signs): Signs {
  return {
    begins: a.begins || b.begins,
    isSlice: a.isSlice || b.isSlice,
    isKey: a.isKey || b.isKey,
    hasParameters: a.hasParameters || b.hasParameters,
    isIntra: a.isIntra || b.isIntra,
  };
}

const LENGTH_BYTES = 2;

/** @param units with their lengths of 16 bits before them @returns nothing where one goes on behind the end */
export function aggregated(units: Buffer): Buffer[] | undefined {
  const found: Buffer[] = [];
  for (let at = 0; at + LENGTH_BYTES < units.length; ) {
    const end = at + LENGTH_BYTES + units.readUInt16BE(at);
    if (end > units.length) return undefined;
    if (end > at + LENGTH_BYTES) found.push(units.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return found;
}

/** `first_mb_in_slice` is 0, or `first_slice_segment_in_pic_flag` is set: both are one bit that is set. */
export function isFirstSlice(rest: Buffer): boolean {
  return ((rest[0] ?? 0) & 0x80) !== 0;
}
