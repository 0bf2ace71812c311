#!/bin/sh
# A folder -> the public headers of TensorRT and CUDA in it, for CSPCAM_TENSORRT_HEADERS. They are NVIDIA's: never commit them.
# usage: fetch-headers.sh FOLDER
set -eu
folder=${1:?expected a folder}
headers() {
  mkdir -p "$folder/$1"
  temporary=$(mktemp -d)
  git clone --quiet --depth 1 --branch "$2" https://github.com/NVIDIA/TensorRT "$temporary/tensorrt"
  git clone --quiet --depth 1 --branch "$3" https://github.com/onnx/onnx-tensorrt "$temporary/parser"
  cp "$temporary"/tensorrt/include/*.h "$temporary"/parser/NvOnnxParser.h "$folder/$1"
  rm -r "$temporary"
}
headers 8.2 release/8.2 release/8.2-GA
headers 8.5 release/8.5 release/8.5-GA
headers 10 release/10.3 release/10.1-GA
mkdir -p "$folder/cuda"
wheels=$(mktemp -d)
python3 -m pip download --quiet --no-deps --dest "$wheels" nvidia-cuda-runtime-cu12 nvidia-cuda-nvcc-cu12
for wheel in "$wheels"/*.whl; do
  python3 -m zipfile -e "$wheel" "$wheels"
done
cp -r "$wheels"/nvidia/cuda_runtime/include/. "$wheels"/nvidia/cuda_nvcc/include/crt "$folder/cuda"
rm -r "$wheels"
