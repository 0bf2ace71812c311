// The messages of ONNX that we write, as protobuf; the only owner of protobufjs.
// Field numbers are those of onnx.proto (IR version 7).

import protobuf from 'protobufjs';

const field = (id: number, type: string) => ({ id, type });
const repeated = (id: number, type: string) => ({ id, type, rule: 'repeated' });

const root = protobuf.Root.fromJSON({
  nested: {
    onnx: {
      nested: {
        AttributeProto: {
          fields: {
            name: field(1, 'string'),
            f: field(2, 'float'),
            i: field(3, 'int64'),
            s: field(4, 'bytes'),
            floats: repeated(7, 'float'),
            ints: repeated(8, 'int64'),
            type: field(20, 'int32'),
          },
        },
        NodeProto: {
          fields: {
            input: repeated(1, 'string'),
            output: repeated(2, 'string'),
            name: field(3, 'string'),
            opType: field(4, 'string'),
            attribute: repeated(5, 'AttributeProto'),
          },
        },
        TensorProto: {
          fields: {
            dims: repeated(1, 'int64'),
            dataType: field(2, 'int32'),
            name: field(8, 'string'),
            rawData: field(9, 'bytes'),
          },
        },
        Dimension: { fields: { dimValue: field(1, 'int64') } },
        TensorShapeProto: { fields: { dim: repeated(1, 'Dimension') } },
        TensorType: { fields: { elemType: field(1, 'int32'), shape: field(2, 'TensorShapeProto') } },
        TypeProto: { fields: { tensorType: field(1, 'TensorType') } },
        ValueInfoProto: { fields: { name: field(1, 'string'), type: field(2, 'TypeProto') } },
        GraphProto: {
          fields: {
            node: repeated(1, 'NodeProto'),
            name: field(2, 'string'),
            initializer: repeated(5, 'TensorProto'),
            input: repeated(11, 'ValueInfoProto'),
            output: repeated(12, 'ValueInfoProto'),
          },
        },
        OperatorSetIdProto: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
        ModelProto: {
          fields: {
            irVersion: field(1, 'int64'),
            producerName: field(2, 'string'),
            producerVersion: field(3, 'string'),
            graph: field(7, 'GraphProto'),
            opsetImport: repeated(8, 'OperatorSetIdProto'),
          },
        },
      },
    },
  },
});

const ModelProto = root.lookupType('onnx.ModelProto');

export function encodeModel(model: object): Uint8Array {
  return ModelProto.encode(ModelProto.create(model)).finish();
}

/** What is no part of the messages above is left out. */
export function decodeModel(bytes: Uint8Array): object {
  return ModelProto.toObject(ModelProto.decode(bytes), { longs: Number, arrays: true });
}
