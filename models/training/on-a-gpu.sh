#!/bin/sh
# A folder that gather-for-gpu.sh filled -> weights of so many minutes' training on one GPU, below the folder OUT.
# usage: sh models/training/on-a-gpu.sh FOLDER OUT MINUTES [OPTIONS of train.py...]
set -eu
here=$(dirname "$0")
carried=$1 out=$2 minutes=$3
shift 3
store=$(mktemp -d)
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
python3 "$here/pack_store.py" --unpack "$carried/store.pack" --out "$store"
python3 "$here/train.py" --cfg "$carried/network.cfg" --store "$store" --out "$store/run" \
  --init "$carried/start.weights16" --teacher "$carried/teacher.onnx" --device auto --minutes "$minutes" \
  --save-every 100000 --evaluate-every 120 "$@"
mkdir -p "$out"
cp "$store/run/last.weights16" "$store/run/log.jsonl" "$store/run/curves.png" "$out"
rm -r "$store"
