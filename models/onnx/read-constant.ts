// onnx.TensorProto -> Constant, its values in an array of their type whatever field they came in.

import { expected } from '#common/errors.js';
import { ELEMENT_TYPES, elementTypeOf, type TypedValues, typeOfValues } from './element-types.js';
import type { Long, TensorProto } from './messages.js';
import type { Constant } from './program.js';

/** A tenth of a gigabyte of bytes, four of them in floats: no layer of a detector comes near. */
const MOST_ELEMENTS = 1e8;
const EXTERNAL = 1;

/**
 * @param where it stands, as errors name it
 * @throws CspcamError for data beside the file, text, types of 4 and 8 bits, and data that its dims disagree with
 */
export function readConstant(tensor: TensorProto, where: string): Constant {
  if (tensor.dataLocation === EXTERNAL || tensor.externalData.length > 0) {
    const file =
      tensor.externalData.find(({ key }) => key === 'location')?.value ?? 'a file that it does not name';
    throw expected('all weights in the one file (export without external data)', where, `data in ${file}`);
  }
  const type = elementTypeOf(tensor.dataType);
  if (type === undefined || type === 'string' || tensor.segment !== undefined)
    throw expected(
      'numbers of a plain element type',
      where,
      type ?? `data type ${tensor.dataType ?? 'none'}`,
    );
  const dims = tensor.dims.map((length) => readLength(length, where));
  const count = countOf(dims, where);
  const { array, field } = ELEMENT_TYPES[type];
  const raw = tensor.rawData;
  let values: TypedValues;
  if (raw !== undefined && raw.byteLength > 0) {
    if (raw.byteLength !== count * array.BYTES_PER_ELEMENT)
      throw expected(
        `${count * array.BYTES_PER_ELEMENT} bytes of ${type} (${dims.join(' x ')})`,
        where,
        raw.byteLength,
      );
    // A copy, as it starts anywhere in the file, and its bytes would keep the whole file in memory.
    values = new array(new Uint8Array(raw).buffer);
  } else {
    const list = tensor[field] as readonly (number | Long)[];
    if (list.length !== count)
      throw expected(`${count} values of ${type} (${dims.join(' x ')})`, where, list.length);
    const wide = typeof new array(1)[0] === 'bigint';
    values = new array(count);
    for (let i = 0; i < count; i++) values[i] = wide ? BigInt(String(list[i])) : Number(list[i]);
  }
  return { dims, values, ...(typeOfValues(values) !== type && { type }) };
}

/** @throws CspcamError for more elements than any layer has */
export function countOf(dims: readonly number[], where: string): number {
  const count = dims.reduce((product, length) => product * length, 1);
  if (count > MOST_ELEMENTS)
    throw expected(`at most ${MOST_ELEMENTS} elements`, where, `${dims.join(' x ')} = ${count}`);
  return count;
}

function readLength(length: Long, where: string): number {
  const value = Number(length);
  if (value < 0) throw expected('lengths of 0 and more', where, value);
  return value;
}
