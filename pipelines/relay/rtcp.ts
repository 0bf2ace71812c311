// RTCP of a camera -> whether it says that its stream has ended (RFC 3550, section 6.6). Pure.

const GOODBYE = 203;
const HEADER_BYTES = 4;

/** @param rtcp one packet or several, one behind the other, without the prefix of a transport */
export function saysGoodbye(rtcp: Buffer): boolean {
  for (let at = 0; at + HEADER_BYTES <= rtcp.length; ) {
    if (rtcp[at]! >> 6 !== 2) return false;
    if (rtcp[at + 1] === GOODBYE) return true;
    at += HEADER_BYTES * (1 + rtcp.readUInt16BE(at + 2));
  }
  return false;
}
