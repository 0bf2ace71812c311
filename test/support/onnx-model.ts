// Bytes of an ONNX model -> what its nodes and values are, by a reader of protobuf's wire format of its own.

type Fields = ReadonlyMap<number, readonly (number | Uint8Array)[]>;

export interface OnnxNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, string | number>>;
}

export interface OnnxModel {
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  /** Element types by name: ONNX numbers them, 1 is float, 2 uint8, 7 int64. */
  readonly initializers: ReadonlyMap<string, number>;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export function readOnnx(bytes: Uint8Array): OnnxModel {
  const model = fields(bytes);
  const graph = fields(one(model, 7));
  return {
    opset: number(fields(one(model, 8)), 2),
    nodes: all(graph, 1).map(readNode),
    initializers: new Map(
      all(graph, 5)
        .map(fields)
        .map((tensor) => [text(one(tensor, 8)), number(tensor, 2)]),
    ),
    inputs: all(graph, 11).map(elementType),
    outputs: all(graph, 12).map(elementType),
  };
}

function readNode(bytes: Uint8Array): OnnxNode {
  const node = fields(bytes);
  const attributes = all(node, 5)
    .map(fields)
    .map((attribute) => {
      const string = attribute.get(4)?.[0];
      const value = string === undefined ? Number(attribute.get(3)?.[0]) : text(string as Uint8Array);
      return [text(one(attribute, 1)), value];
    });
  return {
    opType: text(one(node, 4)),
    inputs: all(node, 1).map(text),
    attributes: Object.fromEntries(attributes),
  };
}

function elementType(valueInfo: Uint8Array): number {
  const tensor = fields(one(fields(one(fields(valueInfo), 2)), 1));
  return number(tensor, 1);
}

function fields(bytes: Uint8Array): Fields {
  const found = new Map<number, (number | Uint8Array)[]>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const skip = (count: number) => {
    at += count;
    return bytes.subarray(at - count, at);
  };
  while (at < bytes.length) {
    const key = varint();
    const wire = key & 7;
    const value = wire === 0 ? varint() : skip(wire === 2 ? varint() : wire === 5 ? 4 : 8);
    const field = Math.floor(key / 8);
    found.set(field, [...(found.get(field) ?? []), value]);
  }
  return found;
}

function all(message: Fields, field: number): Uint8Array[] {
  return (message.get(field) ?? []) as Uint8Array[];
}

function one(message: Fields, field: number): Uint8Array {
  return message.get(field)![0] as Uint8Array;
}

function number(message: Fields, field: number): number {
  return message.get(field)![0] as number;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
