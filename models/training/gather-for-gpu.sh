#!/bin/sh
# A store, a teacher and weights to start from -> a folder of 64 MiB at most that on-a-gpu.sh takes, to carry along.
# usage: sh models/training/gather-for-gpu.sh STORE TEACHER.onnx NETWORK.cfg WEIGHTS FOLDER
set -eu
here=$(dirname "$0")
mkdir -p "$5"
"${PYTHON:-python3}" "$here/pack_store.py" --store "$1" --out "$5/store.pack" --megabytes 32 \
  --without classroom_bav --without inria_crops
cp "$2" "$5/teacher.onnx"
cp "$3" "$5/network.cfg"
cp "$4" "$5/start.weights16"
du -sh "$5"
