"""Data sets and the teacher's ONNX file -> per set, what the teacher sees in every view (npz, resumable)."""

import argparse
import multiprocessing
import multiprocessing.pool
import time
from pathlib import Path

import cv2
import numpy as np

from data.data_sets import PASTE_ONLY, DataSet, Picture, add_data_options, chosen_data_sets
from teacher.teacher import TEACHER, Teacher, expect_teacher

teacher: Teacher


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_data_options(parser)
    parser.add_argument("--teacher", type=Path, default=TEACHER)
    parser.add_argument("--out", type=Path, required=True, help="folder for <set>.npz")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threshold", type=float, default=0.05)
    options = parser.parse_args()
    sets = chosen_data_sets(options)
    # A worker that fails to start is started again for ever.
    expect_teacher(options.teacher)
    options.out.mkdir(parents=True, exist_ok=True)
    waiting = [s for s in sets if s.name not in PASTE_ONLY and not (options.out / f"{s.name}.npz").exists()]
    with multiprocessing.Pool(options.processes, start, (options.teacher, options.threshold)) as pool:
        for data_set in waiting:
            label_set(data_set, pool, options.out / f"{data_set.name}.npz")


def start(model: Path, threshold: float) -> None:
    global teacher
    cv2.setNumThreads(1)
    teacher = Teacher(model)
    teacher.threshold = threshold


def label_picture(picture: Picture) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pixels = cv2.imread(str(picture.path))
    return teacher.look(pixels, teacher.threshold)


def label_set(data_set: DataSet, pool: multiprocessing.pool.Pool, out: Path) -> None:
    began = time.monotonic()
    found = pool.map(label_picture, data_set.pictures, chunksize=4)
    counts = [len(boxes) for boxes, _, _ in found]
    partial = out.with_suffix(".partial.npz")
    np.savez_compressed(
        partial,
        files=np.array([picture.file for picture in data_set.pictures]),
        picture=np.repeat(np.arange(len(found)), counts).astype(np.int32),
        boxes=np.concatenate([boxes for boxes, _, _ in found]),
        probabilities=np.concatenate([probabilities for _, probabilities, _ in found]).astype(np.float16),
        view=np.concatenate([view for _, _, view in found]),
    )
    partial.rename(out)
    speed = len(found) / (time.monotonic() - began)
    print(f"{data_set.name}: {len(found)} pictures, {sum(counts)} boxes, {speed:.1f} pictures/s", flush=True)


if __name__ == "__main__":
    main()
