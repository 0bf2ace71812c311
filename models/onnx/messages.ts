// onnx.ModelProto as protobuf decodes it -> what of it a reader may count on: nothing in it has been checked.

/** All 64 bits, where a number would round. */
export interface Long {
  readonly low: number;
  readonly high: number;
  toNumber(): number;
  toString(): string;
}

export interface TensorProto {
  readonly name?: string;
  readonly dims: readonly Long[];
  readonly dataType?: number;
  readonly segment?: object;
  readonly rawData?: Uint8Array;
  readonly floatData: readonly number[];
  readonly doubleData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly Long[];
  readonly uint64Data: readonly Long[];
  readonly stringData: readonly Uint8Array[];
  readonly externalData: readonly { readonly key?: string; readonly value?: string }[];
  readonly dataLocation?: number;
}

export interface AttributeProto {
  readonly name?: string;
  readonly type?: number;
  readonly f?: number;
  readonly i?: Long;
  readonly s?: Uint8Array;
  readonly t?: TensorProto;
  readonly g?: GraphProto;
  readonly sparseTensor?: object;
  readonly floats: readonly number[];
  readonly ints: readonly Long[];
  readonly strings: readonly Uint8Array[];
  readonly tensors: readonly TensorProto[];
  readonly graphs: readonly GraphProto[];
  readonly sparseTensors: readonly object[];
}

export interface NodeProto {
  readonly name?: string;
  readonly opType?: string;
  readonly domain?: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeProto[];
}

export interface ValueInfoProto {
  readonly name?: string;
  readonly type?: {
    readonly tensorType?: {
      readonly elemType?: number;
      readonly shape?: {
        readonly dim: readonly { readonly dimValue?: Long; readonly dimParam?: string }[];
      };
    };
  };
}

export interface GraphProto {
  readonly name?: string;
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly sparseInitializer: readonly object[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
  readonly valueInfo: readonly ValueInfoProto[];
}

export interface FunctionProto {
  readonly name?: string;
  readonly domain?: string;
  readonly node: readonly NodeProto[];
}

export interface ModelProto {
  readonly irVersion?: Long;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly opsetImport: readonly { readonly domain?: string; readonly version?: Long }[];
  readonly graph?: GraphProto;
  readonly metadataProps: readonly { readonly key?: string; readonly value?: string }[];
  readonly functions: readonly FunctionProto[];
}
