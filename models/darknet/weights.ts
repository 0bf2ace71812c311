// Bytes of a Darknet .weights file <-> numbers per layer; reading gives an error that names the layer.

import { CspcamError, expected } from '#common/errors.js';
import type { WeightCounts } from '../layers/kind.js';
import { type Graph, kindOf } from '../layers/registry.js';
import type { ConvolutionWeights, NetworkWeights } from '../weights.js';

/** @param file name for error messages */
export function readWeights(bytes: Uint8Array, graph: Graph, file: string): NetworkWeights {
  const reader = new FloatReader(bytes, headerBytes(bytes, file), file);
  const weights = new Map<number, ConvolutionWeights>();
  let last = 'the header';
  for (const placed of graph.layers) {
    const counts = kindOf(placed.layer).weights?.(placed);
    if (!counts) continue;
    last = `layer ${placed.index} ${placed.layer.kind}`;
    weights.set(placed.index, readLayer(counts, last, reader));
  }
  reader.end(last);
  return weights;
}

// Version 0.2.5, as Darknet writes it, with no pictures seen (int64).
const HEADER = Int32Array.of(0, 2, 5, 0, 0);

/** The file that `readWeights` turns back into the same numbers, bit for bit. */
export function writeWeights(graph: Graph, weights: NetworkWeights): Uint8Array {
  const parts = graph.layers.flatMap(({ index }) => {
    const layer = weights.get(index);
    if (!layer) return [];
    const { scales, means, variances } = layer.batchNorm ?? {};
    return [layer.biases, scales, means, variances, layer.kernel].filter((part) => part !== undefined);
  });
  return Buffer.concat(
    [HEADER, ...parts].map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)),
  );
}

/** Three int32 (major, minor, revision), then pictures seen: int32 before version 0.2, int64 since. */
function headerBytes(bytes: Uint8Array, file: string): number {
  if (bytes.byteLength < 16)
    throw new CspcamError(
      `expected a header of 16 bytes or more in ${file}, received ${bytes.byteLength} bytes`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [major, minor] = [view.getInt32(0, true), view.getInt32(4, true)];
  if (major < 0 || major > 1000 || minor < 0 || minor > 1000)
    throw new CspcamError(
      `expected a Darknet weight file at ${file}, received version ${major}.${minor} in its header`,
    );
  return major * 10 + minor >= 2 ? 20 : 16;
}

function readLayer(
  { filters, batchNormalize, kernel }: WeightCounts,
  where: string,
  reader: FloatReader,
): ConvolutionWeights {
  const read = (what: string, count: number) => reader.take(count, `${where}, ${what}`);
  const biases = read('biases', filters);
  if (!batchNormalize) return { biases, kernel: read('kernel', kernel) };
  const batchNorm = {
    scales: read('batch norm scales', filters),
    means: read('batch norm means', filters),
    variances: read('batch norm variances', filters),
  };
  // Of a file that is not this network's; its root would be no number, and so everything after.
  const negative = batchNorm.variances.find((variance) => variance < 0);
  if (negative !== undefined) throw expected('variances of 0 or more', where, negative);
  return { biases, batchNorm, kernel: read('kernel', kernel) };
}

class FloatReader {
  constructor(
    private readonly bytes: Uint8Array,
    private offset: number,
    private readonly file: string,
  ) {}

  take(count: number, what: string): Float32Array {
    const left = (this.bytes.byteLength - this.offset) / 4;
    if (left < count)
      throw new CspcamError(
        `expected ${count} floats for ${what}, received ${Math.max(0, Math.floor(left))}: ${this.file} is too short`,
      );
    const end = this.offset + count * 4;
    // Copied: a view need not be aligned to four bytes (and Buffer's own slice() would be a view).
    const floats = new Float32Array(Uint8Array.from(this.bytes.subarray(this.offset, end)).buffer);
    const bad = floats.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new CspcamError(`expected finite numbers for ${what}, received ${floats[bad]} in ${this.file}`);
    this.offset = end;
    return floats;
  }

  end(last: string): void {
    const left = this.bytes.byteLength - this.offset;
    if (left > 0)
      throw new CspcamError(`expected the end of ${this.file} after ${last}, received ${left} more bytes`);
  }
}
