"""Data sets and the teacher's labels -> a picture store: decoded once, near-duplicates of the test sets left out."""

import argparse
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from data.data_sets import PASTE_ONLY, DataSet, Picture, add_data_options, chosen_data_sets, read_held_out
from data.near_duplicates import NEAR_BITS, hashes_of, nearest_distance
from data.picture_store import StoreWriter
from data.targets import ROW, hand_row, merge_views, rows_of
from inputs import expect_file

HELD_OUT = Path(__file__).with_name("second-validation.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_data_options(parser)
    parser.add_argument("--labels", type=Path, required=True, help="folder that label.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for the picture store")
    parser.add_argument("--held-out", type=Path, default=HELD_OUT, help="cameras that are for validation only")
    options = parser.parse_args()
    sets = chosen_data_sets(options)
    expect_file(options.held_out, "--held-out")
    for data_set in sets:
        if data_set.name not in PASTE_ONLY:
            expect_file(options.labels / f"{data_set.name}.npz", f"the labels of {data_set.name}")
    held_out = read_held_out(options.held_out)
    tests = [p for s in sets for p in s.pictures if p.is_test or p.file in held_out.get(s.name, ())]
    test_hashes = [hashes_of(read_rgb(picture.path))[:1] for picture in tests]
    hashes = np.concatenate(test_hashes) if test_hashes else np.zeros((0, 64), bool)
    writer = StoreWriter(options.out)
    for data_set in sets:
        counts = add_set(writer, data_set, options.labels, hashes, held_out.get(data_set.name, frozenset()))
        print(f"{data_set.name}: {dict(counts)}", flush=True)
    writer.close({data_set.name: data_set.licence for data_set in sets})


def add_set(
    writer: StoreWriter, data_set: DataSet, labels: Path, tests: np.ndarray, held_out: frozenset[str]
) -> Counter:
    """Count of what became of each picture: train, test, paste, held out or near-duplicate."""
    seen = None if data_set.name in PASTE_ONLY else TeacherLabels(labels / f"{data_set.name}.npz")
    counts: Counter = Counter()
    for picture in data_set.pictures:
        if picture.file in held_out:
            counts["held out"] += 1
            continue
        pixels = read_rgb(picture.path)
        if picture.is_test or seen is None:
            use = "test" if picture.is_test else "paste"
            rows = [hand_row(number, box, np.zeros(0), np.zeros((0, 6))) for number, box in picture.boxes]
            writer.add(data_set.name, picture.file, pixels, np.array(rows, np.float32).reshape(-1, ROW), use)
        elif nearest_distance(hashes_of(pixels), tests) <= NEAR_BITS:
            use = "near-duplicate"
        else:
            use = "train"
            boxes, probabilities = merge_views(*seen.views(picture))
            rows = rows_of(picture.boxes, data_set.complete, boxes, probabilities)
            writer.add(data_set.name, picture.file, pixels, rows, use)
        counts[use] += 1
    return counts


class TeacherLabels:
    def __init__(self, file: Path) -> None:
        data = np.load(file)
        self.places = {str(name): number for number, name in enumerate(data["files"])}
        self.arrays = data["boxes"], data["probabilities"].astype(np.float32), data["view"]
        self.ends = np.searchsorted(data["picture"], np.arange(len(self.places) + 1))

    def views(self, picture: Picture) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        place = self.places[picture.file]
        part = slice(self.ends[place], self.ends[place + 1])
        boxes, probabilities, views = self.arrays
        return boxes[part], probabilities[part], views[part]


def read_rgb(path: Path) -> np.ndarray:
    pixels = cv2.imread(str(path))
    if pixels is None:
        raise SystemExit(f"expected a picture for {path}, received something unreadable")
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


if __name__ == "__main__":
    main()
