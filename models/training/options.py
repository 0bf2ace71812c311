"""Command line -> options of a run."""

import argparse
from pathlib import Path

import torch

from inputs import expect_file, expect_store
from teacher.teacher import expect_teacher

PICTURES_PER_RATE = 16  # the batch that rates are meant for
RATE = 2e-3
TRAINED_RATE = 1e-3  # of a run that begins with trained weights


def parse_options(description: str | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--cfg", type=Path, required=True)
    parser.add_argument("--store", type=Path, required=True, help="folder that prepare.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints, weights, log and curves")
    parser.add_argument("--samples", type=int, default=1_000_000, help="pictures to see, or to decay over")
    parser.add_argument("--minutes", type=float, help="train so long, the last 40 %% of it as the final decay")
    parser.add_argument("--init", type=Path, metavar="WEIGHTS", help="begin with these Darknet weights, 32 or 16 bits")
    parser.add_argument("--decay-from", type=Path, metavar="CHECKPOINT", help="begin the final decay here")
    parser.add_argument("--teacher", type=Path, metavar="ONNX", help="YOLOX; its feature maps become targets")
    parser.add_argument("--without", action="append", default=[], metavar="SET")
    parser.add_argument("--device", default="auto", help="auto: cuda where torch sees a GPU, else cpu")
    parser.add_argument(
        "--draw", choices=("cpu", "device"), help="where pictures are drawn; default the device's own way"
    )
    parser.add_argument("--batch", type=int, help="default 16, on a GPU 128")
    parser.add_argument(
        "--rate",
        type=float,
        help="for 16 pictures; default 2e-3, with --init 1e-3, with --decay-from that of the checkpoint; grows with the root",
    )
    parser.add_argument("--weight-decay", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto", help="auto: the faster")
    parser.add_argument(
        "--compile", action=argparse.BooleanOptionalAction, help="minutes per input size; default on the CPU"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes, each with a batch of its own; 1 on a GPU")
    parser.add_argument("--threads", type=int, default=2, help="of each worker")
    parser.add_argument("--makers", type=int, help="processes that make batches, of each worker; default 1, on a GPU 8")
    parser.add_argument("--save-every", type=float, default=180, metavar="SECONDS")
    parser.add_argument("--evaluate-every", type=float, default=600, metavar="SECONDS")
    parser.add_argument("--keep-every", type=int, default=50_000, metavar="PICTURES")
    parser.add_argument(
        "--smoke", action="store_true", help="a few minutes at small sizes; fails unless the loss falls"
    )
    options = parser.parse_args()
    check(options)
    set_defaults(options)
    return options


def check(options: argparse.Namespace) -> None:
    expect_file(options.cfg, "--cfg")
    expect_store(options.store, "--store")
    if options.init is not None:
        expect_file(options.init, "--init")
    if options.decay_from is not None:
        expect_file(options.decay_from, "--decay-from")
    if options.teacher is not None:
        expect_teacher(options.teacher)
    if options.minutes is not None and options.workers > 1:
        raise SystemExit(f"expected 1 for --workers with --minutes, received {options.workers}")


def set_defaults(options: argparse.Namespace) -> None:
    """What depends on the device and on other options."""
    options.device = chosen_device(options.device)
    on_gpu = options.device.type != "cpu"
    if on_gpu and options.workers > 1:
        raise SystemExit(f"expected 1 for --workers on {options.device}, received {options.workers}")
    defaults = {
        "draw": "device" if on_gpu else "cpu",
        "batch": 128 if on_gpu else PICTURES_PER_RATE,
        "compile": not on_gpu,
        "makers": 8 if on_gpu else 1,
    }
    for name, value in defaults.items():
        if getattr(options, name) is None:
            setattr(options, name, value)


def chosen_device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise SystemExit(
            f"expected auto, cpu or a device torch can use for --device, received {name}: {error}"
        ) from error
    return device
