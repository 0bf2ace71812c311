// Bytes of a Darknet .weights file -> numbers per convolution, or an error that names the layer.

import { CspcamError } from '../../agent/errors.js';
import type { Graph, PlacedLayer } from '../graph/graph.js';
import { type ConvolutionalLayer, kernelLength } from '../layers/convolutional.js';
import type { ConvolutionWeights, NetworkWeights } from '../weights.js';

/** @param file name for error messages */
export function readWeights(bytes: Uint8Array, graph: Graph, file: string): NetworkWeights {
  const reader = new FloatReader(bytes, headerBytes(bytes, file), file);
  const weights = new Map<number, ConvolutionWeights>();
  for (const placed of graph.layers)
    if (placed.layer.kind === 'convolutional')
      weights.set(placed.index, readConvolution(placed as PlacedLayer<ConvolutionalLayer>, reader));
  reader.end([...weights.keys()].at(-1));
  return weights;
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

function readConvolution(
  { index, layer, inputShapes }: PlacedLayer<ConvolutionalLayer>,
  reader: FloatReader,
) {
  const read = (what: string, count: number) => reader.take(count, `layer ${index} convolutional, ${what}`);
  const biases = read('biases', layer.filters);
  if (!layer.batchNormalize) return { biases, kernel: read('kernel', kernelLength(layer, inputShapes[0]!)) };
  const batchNorm = {
    scales: read('batch norm scales', layer.filters),
    means: read('batch norm means', layer.filters),
    variances: read('batch norm variances', layer.filters),
  };
  return { biases, batchNorm, kernel: read('kernel', kernelLength(layer, inputShapes[0]!)) };
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
        `expected ${count} floats for ${what}, received ${Math.floor(left)}: ${this.file} is too short`,
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

  end(lastLayer: number | undefined): void {
    const left = this.bytes.byteLength - this.offset;
    if (left > 0)
      throw new CspcamError(
        `expected the end of ${this.file} after layer ${lastLayer ?? 0} convolutional, received ${left} more bytes`,
      );
  }
}
