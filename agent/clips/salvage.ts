// A fragmented MP4 that was cut off -> the same, as far as it can be played.

import { type FileHandle, open } from 'node:fs/promises';

const HEADER_BYTES = 16;

/** Cuts off what is not whole. @returns the bytes that are left; nothing where nothing of it can be played */
export async function salvaged(path: string): Promise<number | undefined> {
  const handle = await open(path, 'r+');
  try {
    const { size } = await handle.stat();
    const end = await playableEnd(handle, size);
    if (end !== undefined && end < size) await handle.truncate(end);
    return end;
  } finally {
    await handle.close();
  }
}

/** Behind the last whole fragment: a `moof` and the `mdat` that it describes. */
async function playableEnd(handle: FileHandle, size: number): Promise<number | undefined> {
  let end: number | undefined;
  let hasHead = false;
  for (let at = 0; at + 8 <= size; ) {
    const header = Buffer.alloc(HEADER_BYTES);
    await handle.read(header, 0, HEADER_BYTES, at);
    const kind = header.toString('latin1', 4, 8);
    const short = header.readUInt32BE(0);
    const bytes = short === 1 ? Number(header.readBigUInt64BE(8)) : short;
    if (bytes < 8 || at + bytes > size) break;
    at += bytes;
    hasHead ||= kind === 'moov';
    if (kind === 'mdat' && hasHead) end = at;
  }
  return end;
}
