// The messages of ONNX <-> bytes, by the schema as published; the only owner of protobufjs.
// onnx.proto is the file of the Python package onnx 1.23.2 (Apache-2.0), unchanged, so that it can be compared:
// pip download --no-deps onnx==1.23.2 && unzip -p onnx-*.whl onnx/onnx.proto | diff - models/onnx/onnx.proto

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type protobuf from 'protobufjs';

const SCHEMA = fileURLToPath(new URL('onnx.proto', import.meta.url));

let modelProto: protobuf.Type | undefined;

/** Library and schema are read when the first model is: some 50 ms that most commands need not wait for. */
function schema(): protobuf.Type {
  if (modelProto === undefined) {
    const { Root } = createRequire(import.meta.url)('protobufjs') as typeof protobuf;
    modelProto = new Root().loadSync(SCHEMA).lookupType('onnx.ModelProto');
  }
  return modelProto;
}

/** @param model an onnx.ModelProto, its fields in camel case and its enums as numbers */
export function encodeModel(model: object): Uint8Array {
  return schema().encode(schema().create(model)).finish();
}

/** @returns an onnx.ModelProto in the form that `encodeModel` takes; absent lists are empty, integers numbers */
export function decodeModel(bytes: Uint8Array): object {
  return schema().toObject(schema().decode(bytes), { longs: Number, arrays: true });
}

/** The same with all 64 bits of integers, as objects of `low` and `high`. */
export function decodeModelExactly(bytes: Uint8Array): object {
  return schema().toObject(schema().decode(bytes), { arrays: true });
}
