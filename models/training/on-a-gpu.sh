#!/bin/sh
# A folder that gather-for-gpu.sh filled -> weights of nine minutes' training on one GPU, below the folder OUT.
# usage: sh models/training/on-a-gpu.sh FOLDER OUT [MINUTES]
set -eu
here=$(dirname "$0")
store=$(mktemp -d)
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
python3 "$here/pack_store.py" --unpack "$1/store.pack" --out "$store"
python3 "$here/train.py" --cfg "$1/network.cfg" --store "$store" --out "$store/run" \
  --init "$1/start.weights16" --teacher "$1/teacher.onnx" --device auto --minutes "${3:-8}" \
  --save-every 100000 --evaluate-every 120
cp "$store/run/last.weights16" "$store/run/log.jsonl" "$store/run/curves.png" "$2"
