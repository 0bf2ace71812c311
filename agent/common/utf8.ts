// Bytes -> text, or which encoding it was written in instead.

export type Utf8 = { readonly text: string } | { readonly notUtf8: string };

/** @returns the text without a byte order mark; else what the bytes are, without showing any of them */
export function utf8(bytes: Uint8Array): Utf8 {
  const wide = wideEncoding(bytes);
  if (wide !== undefined) return { notUtf8: wide };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { notUtf8: `other bytes from line ${firstBadLine(bytes)} on (Latin-1?)` };
  }
}

/** Its own mark tells, or that every other byte of the beginning, which is ASCII in all our files, is NUL. */
function wideEncoding(bytes: Uint8Array): string | undefined {
  const [first, second, third, fourth] = bytes;
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? 'UTF-32' : 'UTF-16';
  if (first === 0xfe && second === 0xff) return 'UTF-16';
  if (first === 0 && second === 0) return 'UTF-32';
  if (bytes.length >= 4 && first !== second && third !== fourth && (first === 0) === (third === 0))
    if ((first === 0) !== (second === 0) && (third === 0) !== (fourth === 0)) return 'UTF-16';
  return undefined;
}

/** Counted from 1: the line whose bytes alone are no UTF-8; a line feed is never a part of another character. */
function firstBadLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let line = 1, start = 0; ; line++) {
    const end = bytes.indexOf(0x0a, start);
    try {
      decoder.decode(bytes.subarray(start, end === -1 ? undefined : end));
    } catch {
      return line;
    }
    if (end === -1) return line;
    start = end + 1;
  }
}
