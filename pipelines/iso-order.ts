// First bytes of a file of boxes (MP4, QuickTime; ISO/IEC 14496-12) -> whether it can be read from start to end. Pure.

/** Types of the boxes that such a file begins with, old and new. */
const FIRST_BOXES = /^(ftyp|styp|moov|mdat|wide|free|skip|pnot)$/;
const HEADER_BYTES = 8;

export function isIso(head: Buffer): boolean {
  return FIRST_BOXES.test(head.toString('latin1', 4, HEADER_BYTES));
}

/** Whether the media come before what says where they are, or may do so for all that can be seen. */
export function isOutOfOrder(head: Buffer): boolean {
  if (!isIso(head)) return false;
  for (let at = 0; at + HEADER_BYTES <= head.length; ) {
    const type = head.toString('latin1', at + 4, at + HEADER_BYTES);
    if (type === 'moov' || type === 'moof') return false;
    const length = head.readUInt32BE(at);
    // 0 is up to the end, 1 a length of 64 bits: media have those.
    if (type === 'mdat' || length < HEADER_BYTES) return true;
    at += length;
  }
  return true;
}
