// onnx.NodeProto of operator Constant -> Constant.

import { expected } from '#common/errors.js';
import type { NodeProto } from './messages.js';
import type { Constant } from './program.js';
import { readConstant } from './read-constant.js';
import { whereIs } from './read-node.js';

/** @throws CspcamError for text, and for what `readConstant` refuses */
export function constantOf(node: NodeProto): Constant {
  const [attribute] = node.attribute;
  switch (attribute?.name) {
    case 'value':
      if (attribute.t) return readConstant(attribute.t, whereIs(node));
      break;
    case 'value_float':
      return { dims: [], values: Float32Array.of(attribute.f ?? 0) };
    case 'value_floats':
      return { dims: [attribute.floats.length], values: Float32Array.from(attribute.floats) };
    case 'value_int':
      return { dims: [], values: BigInt64Array.of(BigInt(String(attribute.i ?? 0))) };
    case 'value_ints':
      return {
        dims: [attribute.ints.length],
        values: BigInt64Array.from(attribute.ints, (value) => BigInt(String(value))),
      };
  }
  throw expected('a constant of numbers', whereIs(node), attribute?.name ?? 'no value');
}
