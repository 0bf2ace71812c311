// Packets of a camera -> those that are kept, what is said of their stream, and what of them is sent.

import { expect, test } from 'vitest';
import { FrameTimes } from '../../../pipelines/capture/child/frame-times.js';
import { type KeptPacket, PacketRing } from '../../../pipelines/capture/child/packet-ring.js';
import { streamOf } from '../../../pipelines/capture/child/packet-stream.js';
import { PacketsOut } from '../../../pipelines/capture/child/packets-out.js';
import type { NoPacketsRecord, PacketRecord } from '../../../pipelines/capture/record-kinds.js';
import { Lines, requestLine } from '../../../pipelines/capture/requests.js';

const STREAM = { codec: 'h264', size: { width: 64, height: 48 }, configuration: 'AWQ=' } as const;

const packet = (ms: number, isKey: boolean, bytes = 10): KeptPacket => ({
  isKey,
  ptsMs: ms,
  capturedMonotonicMs: ms,
  stream: STREAM,
  bytes: Buffer.alloc(bytes),
});

/** Key frames each second, four pictures a second. */
function fill(ring: PacketRing, fromMs: number, toMs: number, bytes = 10): void {
  for (let ms = fromMs; ms < toMs; ms += 250) ring.put(packet(ms, ms % 1000 === 0, bytes));
}
const times = (packets: readonly KeptPacket[]) => packets.map(({ ptsMs }) => ptsMs);

test.each([
  ['the very time of a key frame', 9000, 9000],
  ['between two', 9900, 9000],
  ['before all that are kept', 100, 7000],
  ['of now', 99_999, 11_000],
])('since %s', (_, sinceMs, firstMs) => {
  const ring = new PacketRing({ keepMs: 4000, maximumBytes: 1e6 });
  fill(ring, 0, 12_000);
  const found = ring.since(sinceMs);
  expect(found[0]).toMatchObject({ isKey: true, ptsMs: firstMs });
  expect(times(found)).toEqual(Array.from({ length: (12_000 - firstMs) / 250 }, (_, i) => firstMs + 250 * i));
});

test('nothing before the first key frame, nor after a loss before the next', () => {
  const ring = new PacketRing({ keepMs: 4000, maximumBytes: 1e6 });
  expect(ring.put(packet(0, false))).toBe(false);
  expect(ring.since(0)).toEqual([]);
  expect(ring.put(packet(250, true))).toBe(true);
  ring.lost();
  expect(ring.put(packet(500, false))).toBe(false);
  expect(ring.put(packet(750, true))).toBe(true);
  expect(times(ring.since(0))).toEqual([250, 750]);
});

test('more bytes than may be: the oldest groups go', () => {
  const ring = new PacketRing({ keepMs: 60_000, maximumBytes: 10_000 });
  fill(ring, 0, 12_000, 1000);
  const kept = ring.since(0);
  expect(times(kept)).toEqual(times(kept).filter((ms) => ms >= 10_000));
  expect(kept).toHaveLength(8);
});

test('of a group that is too long nothing is kept, and the next one is', () => {
  const ring = new PacketRing({ keepMs: 60_000, maximumBytes: 2500 });
  fill(ring, 0, 1000, 1000);
  expect(ring.since(0)).toEqual([]);
  fill(ring, 1000, 1500, 1000);
  expect(times(ring.since(0))).toEqual([1000, 1250]);
});

const CAPS = 'width=(int)64, height=(int)48, framerate=(fraction)25/1';
test.each([
  [`video/x-h264, stream-format=(string)avc, codec_data=(buffer)0164, ${CAPS}`, STREAM],
  [`video/x-h265, ${CAPS}, codec_data=(buffer)0164`, { ...STREAM, codec: 'h265' }],
  [
    `video/x-h264, stream-format=(string)byte-stream, ${CAPS}`,
    { other: 'video/x-h264 without its parameters' },
  ],
  ['video/x-h264, codec_data=(buffer)0164', { other: 'video/x-h264 without its parameters' }],
  [`image/jpeg, ${CAPS}`, { other: 'video as image/jpeg' }],
  ['', { other: 'video as nothing' }],
])('%s', (caps, stream) => {
  expect(streamOf(caps)).toEqual(stream);
});

/** As gdppay writes it. */
function gdp(kind: number, payload: Buffer, ms = 0, isDelta = false): Buffer {
  const header = Buffer.alloc(62);
  header.writeUInt16BE(kind, 4);
  header.writeUInt32BE(payload.length, 6);
  header.writeBigUInt64BE(BigInt(ms) * 1_000_000n, 10);
  header.writeUInt16BE(isDelta ? 1 << 13 : 0, 42);
  return Buffer.concat([header, payload]);
}
const caps = (codecData: string) =>
  gdp(2, Buffer.from(`video/x-h264, codec_data=(buffer)${codecData}, ${CAPS}`));

test('what is asked for comes from the key frame on; another stream says so; who ends gets no more', () => {
  let give: (bytes: Buffer) => void = () => {};
  const sent: (PacketRecord | NoPacketsRecord)[] = [];
  const out = new PacketsOut({
    sink: { pull: (take) => (give = (bytes) => take(bytes, {})) },
    link: {
      hasEnded: false,
      sendPacket: (record) => sent.push(record),
      sendNoPackets: (record) => sent.push(record),
    },
    times: new FrameTimes(false, 0),
    keepMs: 1e6,
  });
  out.pull();
  const frame = (ms: number, isKey: boolean) => give(gdp(1, Buffer.from([1]), ms, !isKey));
  give(caps('0164'));
  frame(0, true);
  frame(40, false);
  out.send({ kind: 'packets', id: 5, sinceMs: 0 });
  frame(80, false);
  give(caps('0142'));
  frame(120, false);
  frame(160, true);
  out.end({ kind: 'packets-end', id: 4 });
  frame(200, false);
  out.end({ kind: 'packets-end', id: 5 });
  frame(240, false);
  const told = sent.map((record) =>
    record.kind === 'packet' ? [record.id, record.ptsMs, record.stream?.configuration] : record,
  );
  expect(told).toEqual([
    [5, 0, 'AWQ='],
    [5, 40, undefined],
    [5, 80, undefined],
    [5, 160, 'AUI='],
    [5, 200, undefined],
  ]);
  out.send({ kind: 'packets', id: 6, sinceMs: 1e9 });
  give(gdp(2, Buffer.from(`video/x-vp9, ${CAPS}`)));
  out.send({ kind: 'packets', id: 7, sinceMs: 0 });
  expect(sent.slice(5)).toMatchObject([
    { id: 6, ptsMs: 160, stream: { configuration: 'AUI=' } },
    { id: 6, ptsMs: 200 },
    { id: 6, ptsMs: 240 },
    { kind: 'no-packets', id: 6, message: 'video as video/x-vp9' },
    { kind: 'no-packets', id: 7, message: 'video as video/x-vp9' },
  ]);
});

test('lines, cut anywhere', () => {
  const request = { kind: 'packets', id: 1, sinceMs: 2.5 } as const;
  const seen: string[] = [];
  const lines = new Lines((line) => seen.push(line));
  for (const part of (requestLine(request) + requestLine(request)).match(/.{1,7}|\n/g)!) lines.push(part);
  expect(seen.map((line) => JSON.parse(line))).toEqual([request, request]);
});
