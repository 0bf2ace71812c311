"""Command line -> options of a run."""

import argparse
from pathlib import Path

from inputs import expect_file, expect_store
from teacher import expect_teacher


def parse_options(description: str | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--cfg", type=Path, required=True)
    parser.add_argument("--store", type=Path, required=True, help="folder that prepare.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints, weights, log and curves")
    parser.add_argument("--samples", type=int, default=1_000_000, help="pictures to see, or to decay over")
    parser.add_argument("--init", type=Path, metavar="WEIGHTS", help="begin with these Darknet weights, 32 or 16 bits")
    parser.add_argument("--decay-from", type=Path, metavar="CHECKPOINT", help="begin the final decay here")
    parser.add_argument("--teacher", type=Path, metavar="ONNX", help="YOLOX; its feature maps become targets")
    parser.add_argument("--without", action="append", default=[], metavar="SET")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, help="default 2e-3, with --init 1e-3")
    parser.add_argument("--weight-decay", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto", help="auto: the faster")
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True, help="minutes per input size")
    parser.add_argument("--workers", type=int, default=1, help="processes, each with a batch of its own")
    parser.add_argument("--threads", type=int, default=2, help="of each worker")
    parser.add_argument("--save-every", type=float, default=180, metavar="SECONDS")
    parser.add_argument("--evaluate-every", type=float, default=600, metavar="SECONDS")
    parser.add_argument("--keep-every", type=int, default=50_000, metavar="PICTURES")
    parser.add_argument("--smoke", action="store_true", help="a few minutes at small sizes; fails unless the loss falls")
    options = parser.parse_args()
    expect_file(options.cfg, "--cfg")
    expect_store(options.store, "--store")
    if options.init is not None:
        expect_file(options.init, "--init")
    if options.decay_from is not None:
        expect_file(options.decay_from, "--decay-from")
    if options.teacher is not None:
        expect_teacher(options.teacher)
    if options.rate is None:
        options.rate = 2e-3 if options.init is None else 1e-3
    return options
