// Element type of ONNX <-> its number in a file, the array that holds it, and the field of a TensorProto that may.

export type TypedValues =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array;

interface ElementTypeRow {
  /** onnx.TensorProto.DataType. */
  readonly number: number;
  /** Nothing for text, which has no raw form. */
  readonly array?: ArrayType;
  /** Field of a TensorProto beside `rawData`. */
  readonly field: 'floatData' | 'doubleData' | 'int32Data' | 'int64Data' | 'uint64Data' | 'stringData';
}

/** As far as it takes to make one of a length, of values, or of bytes. */
type ArrayType = (new (
  from: number | ArrayBuffer | number[],
) => TypedValues) & { readonly BYTES_PER_ELEMENT: number };

/** Halves are kept as the 16 bits they are. Floats of 8 bits and integers of 4 are in no network that comes here. */
export const ELEMENT_TYPES = {
  float32: { number: 1, array: Float32Array as ArrayType, field: 'floatData' },
  uint8: { number: 2, array: Uint8Array as ArrayType, field: 'int32Data' },
  int8: { number: 3, array: Int8Array as ArrayType, field: 'int32Data' },
  uint16: { number: 4, array: Uint16Array as ArrayType, field: 'int32Data' },
  int16: { number: 5, array: Int16Array as ArrayType, field: 'int32Data' },
  int32: { number: 6, array: Int32Array as ArrayType, field: 'int32Data' },
  int64: { number: 7, array: BigInt64Array as unknown as ArrayType, field: 'int64Data' },
  string: { number: 8, field: 'stringData' },
  bool: { number: 9, array: Uint8Array as ArrayType, field: 'int32Data' },
  float16: { number: 10, array: Uint16Array as ArrayType, field: 'int32Data' },
  float64: { number: 11, array: Float64Array as ArrayType, field: 'doubleData' },
  uint32: { number: 12, array: Uint32Array as ArrayType, field: 'uint64Data' },
  uint64: { number: 13, array: BigUint64Array as unknown as ArrayType, field: 'uint64Data' },
  bfloat16: { number: 16, array: Uint16Array as ArrayType, field: 'int32Data' },
} as const satisfies Record<string, ElementTypeRow>;

export type ElementType = keyof typeof ELEMENT_TYPES;

const NAMES = Object.keys(ELEMENT_TYPES) as ElementType[];

/** @returns nothing for a number that no row has */
export function elementTypeOf(number: number | undefined): ElementType | undefined {
  return NAMES.find((name) => ELEMENT_TYPES[name].number === number);
}

/** What an array holds where nothing else is said. */
export function typeOfValues(values: TypedValues): ElementType {
  const own = NAMES.find((name) => {
    const row: ElementTypeRow = ELEMENT_TYPES[name];
    return row.array !== undefined && values instanceof row.array;
  });
  return own!;
}
