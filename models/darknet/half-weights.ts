// Darknet .weights <-> the same with kernels in 16 bits: half the size, for weights that come with the package.
// Biases and batch norm stay in 32 bits: they are few, and small variances would suffer.

import { CspcamError, expected } from '#common/errors.js';
import { type Graph, kindOf } from '../layers/registry.js';
import type { ConvolutionWeights, NetworkWeights } from '../weights.js';

const MAGIC = 'CSP16\0\0\0';

/** Little endian: the magic, then per layer biases, scales, means, variances (float32) and kernel (IEEE half). */
export function packHalf(graph: Graph, weights: NetworkWeights): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from(MAGIC, 'latin1')];
  for (const { index } of graph.layers) {
    const layer = weights.get(index);
    if (layer === undefined) continue;
    const { scales, means, variances } = layer.batchNorm ?? {};
    for (const part of [layer.biases, scales, means, variances])
      if (part) parts.push(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    const halves = Uint16Array.from(layer.kernel, toHalf);
    parts.push(new Uint8Array(halves.buffer));
  }
  return Buffer.concat(parts);
}

/** @param file name for error messages */
export function unpackHalf(bytes: Uint8Array, graph: Graph, file: string): NetworkWeights {
  if (Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1') !== MAGIC)
    throw expected('weights in 16 bits', file, 'a file of another kind');
  let offset = MAGIC.length;
  const take = (count: number, width: number, where: string): Uint8Array => {
    // Copied: a view need not be aligned.
    const part = Uint8Array.from(bytes.subarray(offset, offset + count * width));
    if (part.byteLength < count * width)
      throw new CspcamError(`expected ${count} numbers for ${where}, received the end of ${file}`);
    offset += part.byteLength;
    return part;
  };
  const weights = new Map<number, ConvolutionWeights>();
  for (const placed of graph.layers) {
    const counts = kindOf(placed.layer).weights?.(placed);
    if (!counts) continue;
    const where = `layer ${placed.index} ${placed.layer.kind}`;
    const floats = () => new Float32Array(take(counts.filters, 4, where).buffer);
    const biases = floats();
    const batchNorm = counts.batchNormalize && { scales: floats(), means: floats(), variances: floats() };
    const kernel = Float32Array.from(new Uint16Array(take(counts.kernel, 2, where).buffer), fromHalf);
    weights.set(placed.index, { biases, ...(batchNorm && { batchNorm }), kernel });
  }
  if (offset !== bytes.byteLength)
    throw expected(`the end of ${file}`, 'its last layer', `${bytes.byteLength - offset} more bytes`);
  return weights;
}

const bits = new DataView(new ArrayBuffer(4));

/** Nearest half, ties to even; what is too large becomes infinite. */
export function toHalf(value: number): number {
  bits.setFloat32(0, value);
  const sign = (bits.getUint32(0) >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= 65_520) return sign | 0x7c00;
  // Below 2^-14 steps are of one size, above they double with each power of two.
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude || 1e-9)));
  const scaled = roundToEven(magnitude / 2 ** (exponent - 10));
  // A mantissa that rounds up to the next power of two carries into the exponent by itself.
  return sign | (exponent === -14 && scaled < 1024 ? scaled : ((exponent + 15) << 10) + (scaled - 1024));
}

export function fromHalf(half: number): number {
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25));
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
