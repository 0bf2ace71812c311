// What a capture process that has been got the better of may send, ten thousand streams by CSPCAM_FUZZ=10000 -> frames of the
// right size, or one error that ends the process, and nothing else.

import { expect, test } from 'vitest';
import { seededRandom } from '../../../models/networks/random.js';
import { RecordError } from '../../../pipelines/capture/record-kinds.js';
import { RecordReader, recordHead, rowBytes } from '../../../pipelines/capture/records.js';
import { FAILURES } from '../../../pipelines/failure.js';
import { recordOf } from '../../support/fake-capture.js';
import { spoilBytes } from '../../support/spoil.js';

const STREAMS = Number(process.env['CSPCAM_FUZZ'] ?? 300);
const INPUT = { width: 8, height: 6 };
const FRAME_BYTES = 3 * INPUT.width * INPUT.height;
/** Of processor time, so that a busy machine does not count. */
const LONGEST_MS = 1000;

type Random = () => number;

const VALUES = [
  ...[null, true, '', 'x', [], {}, -1, 0.5, 1e9, 1e308, 2 ** 53, '4', 'frame', 'eos', 'failure', '__proto__'],
  ...[
    { width: 1, height: 1 },
    { x: 0, y: 0, width: -4, height: -2 },
    { x: 0, y: 0, width: 1e9, height: 0 },
  ],
];

/** JSON that is no record, or one with one to three values of another kind. */
function spoilRecord(record: object, random: Random): unknown {
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)]!;
  if (random() < 0.1) return pick(VALUES);
  const spoilt = structuredClone(record) as Record<string, unknown>;
  for (let faults = 0; faults < 1 + 3 * random(); faults++) {
    const inner = pick([spoilt, spoilt['content'], spoilt['sourceSize']]);
    if (typeof inner !== 'object' || inner === null) continue;
    const fields = inner as Record<string, unknown>;
    const key = pick(Object.keys(fields)) ?? 'kind';
    if (random() < 0.2) delete fields[key];
    else fields[key] = structuredClone(pick(VALUES));
  }
  return spoilt;
}

function streamOf(seed: number): Buffer {
  const random = seededRandom(seed);
  const frame = { ...recordOf(seed), content: { x: 1, y: 0, width: 6, height: 5 } };
  const pixels = Buffer.alloc(3 * rowBytes(6) * 5, seed);
  const exit = { kind: 'exit', reason: 'failure', failure: 'decode', message: 'a' };
  const window = { kind: 'window', sequence: seed, sourceSize: frame.sourceSize, content: frame.content };
  const part = { ...window, window: { x: 0, y: 0, width: 6, height: 5 } };
  const records = [frame, { kind: 'waiting' }, seed % 2 === 0 ? frame : part, exit].map((record) =>
    random() < 0.4 ? spoilRecord(record, random) : record,
  );
  const bytes = Buffer.concat(
    records.flatMap((record, i) => {
      const own = i % 2 === 0 ? pixels : Buffer.alloc(0);
      // As long as it is, or not.
      const said = random() < 0.1 ? Math.floor(2 ** 32 * random()) : own.length;
      return [recordHead(record as never, said), own];
    }),
  );
  return random() < 0.5 ? bytes : Buffer.from(spoilBytes(bytes, random));
}

test(`${STREAMS} streams, cut anywhere`, () => {
  let frames = 0;
  let refused = 0;
  for (let seed = 0; seed < STREAMS; seed++) {
    const bytes = streamOf(seed);
    const random = seededRandom(seed + 1);
    const before = process.cpuUsage();
    let acquired = 0;
    const reader = new RecordReader(
      INPUT,
      (byteLength) => {
        acquired++;
        expect(byteLength).toBe(FRAME_BYTES);
        return new ArrayBuffer(byteLength);
      },
      (record, pixels) => {
        expect(['frame', 'window', 'waiting', 'alive', 'exit'], `seed ${seed}`).toContain(record.kind);
        if (record.kind === 'exit' && record.reason === 'failure') {
          expect(Object.keys(FAILURES)).toContain(record.failure);
          expect(record.message).toBeTypeOf('string');
        }
        if (record.kind !== 'frame' && record.kind !== 'window') return;
        frames++;
        expect(pixels.byteLength, `seed ${seed}`).toBe(FRAME_BYTES);
        if (record.kind === 'window') return;
        const { sequence, capturedAtMs, sourceSize } = record;
        for (const number of [sequence, capturedAtMs, sourceSize.width, sourceSize.height])
          expect(Number.isFinite(number), `seed ${seed}: ${JSON.stringify(record)}`).toBe(true);
      },
    );
    try {
      for (let at = 0; at < bytes.length; ) {
        const end = at + 1 + Math.floor(200 * random());
        reader.push(bytes.subarray(at, end));
        at = end;
      }
    } catch (error) {
      refused++;
      expect(error, `seed ${seed}: ${(error as Error).stack}`).toBeInstanceOf(RecordError);
      expect((error as Error).message).toMatch(/^the capture process sent .+/);
    }
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000, `seed ${seed}`).toBeLessThan(LONGEST_MS);
    expect(acquired).toBeLessThan(10);
  }
  expect(frames).toBeGreaterThan(STREAMS / 10);
  expect(refused).toBeGreaterThan(STREAMS / 10);
});
