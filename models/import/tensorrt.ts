// A program -> why TensorRT 8.2, the newest on a TX2, would not take it; notices, as ONNX Runtime does.

import type { OnnxProgram } from '../onnx/program.js';

/** Of the ONNX parser of 8.2. */
const NEWEST_OPSET = 13;

/**
 * Operators without a Y in docs/operators.md of onnx-tensorrt for TensorRT 8.4, which 8.2 lacks as well, of those that
 * exporters of detectors write; and some that are newer than opset 13.
 */
const LACKING: ReadonlySet<string> = new Set([
  'BitShift',
  'Compress',
  'ConvInteger',
  'Det',
  'DynamicQuantizeLinear',
  'GridSample',
  'Gelu',
  'GroupNormalization',
  'HardSwish',
  'Hardmax',
  'IsInf',
  'LayerNormalization',
  'MatMulInteger',
  'MaxRoiPool',
  'MaxUnpool',
  'Mish',
  'Mod',
  'NonZero',
  'OneHot',
  'QLinearConv',
  'QLinearMatMul',
  'RoiAlign',
  'Shrink',
  'Trilu',
  'Unique',
]);
/** Its form there has outputs of another shape, and works with a fixed number of boxes. */
const EXPERIMENTAL = 'NonMaxSuppression';

export function tensorrtNotices({ opset = NEWEST_OPSET, nodes }: OnnxProgram): string[] {
  const used = new Set(nodes.map(({ opType, domain }) => (domain ? `${domain}:${opType}` : opType)));
  const lacking = [...used].filter((name) => LACKING.has(name) || name.includes(':')).toSorted();
  const reasons = [
    ...(opset > NEWEST_OPSET ? [`opset ${opset} (it takes ${NEWEST_OPSET} or lower)`] : []),
    ...(lacking.length > 0 ? [lacking.join(', ')] : []),
    ...(used.has(EXPERIMENTAL) ? [`${EXPERIMENTAL} (experimental there)`] : []),
  ];
  return reasons.length > 0 ? [`TensorRT 8.2 would not take ${reasons.join('; ')}`] : [];
}
