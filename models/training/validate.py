"""Weights (or the teacher) and a folder of second_validation.py -> AP50, the best minScore, vehicles with two labels."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from data.data_sets import CLASSES
from inputs import expect_file
from measure.average_precision import GROUPS_MEASURED, Found, Truth, average_precision, best_score
from measure.evaluate import detect
from measure.second_labels import doubly_labelled
from network.darknet_weights import read_weights
from network.network import DarknetNetwork
from pictures.schedule import NATIVE_SIZE
from teacher.teacher import Teacher, expect_teacher

GROUPS = ("person", "vehicles")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--annotations", type=Path, required=True, help="COCO's form, with images beside it")
    parser.add_argument("--split", help="pictures of this split only")
    parser.add_argument("--cfg", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--teacher", type=Path, help="in place of cfg and weights")
    parser.add_argument("--size", type=int, help="pixels of the input; default the cfg's width")
    parser.add_argument("--min-score", type=float, default=0.3, help="for vehicles with two labels")
    options = parser.parse_args()
    expect_file(options.annotations, "--annotations")
    look = detector_of(options)
    pictures, truth = read_coco(options.annotations, options.split)
    found = [look(cv2.imread(str(picture))) for picture in pictures]
    for name in GROUPS:
        score, f1, precision, recall = best_score(found, truth, GROUPS_MEASURED[name])
        print(
            f"{name}: AP50 {average_precision(found, truth, GROUPS_MEASURED[name]):.3f}, best F1 {f1:.3f} from score "
            f"{score:.2f} on (precision {precision:.3f}, recall {recall:.3f})"
        )
    said = sum(
        int((np.isin(one.classes, GROUPS_MEASURED["vehicles"]) & (one.scores >= options.min_score)).sum())
        for one in found
    )
    doubles = sum(doubly_labelled(one, options.min_score) for one in found)
    print(f"vehicles of {options.min_score} or more: {said}, of those second labels of one object: {doubles}")


def detector_of(options: argparse.Namespace) -> Callable[[np.ndarray], Found]:
    """BGR picture -> what is found in it."""
    if options.teacher is not None:
        expect_teacher(options.teacher)
        teacher = Teacher(options.teacher)
        return lambda picture: every_class(*teacher.detect(picture, 0.01))
    for name in ("cfg", "weights"):
        if getattr(options, name) is None:
            raise SystemExit(f"expected --cfg and --weights, or --teacher, received no --{name}")
        expect_file(getattr(options, name), f"--{name}")
    network = DarknetNetwork(options.cfg.read_text())
    read_weights(network, options.weights)
    size = options.size or network.net.integer("width", NATIVE_SIZE)
    return lambda picture: detect(network, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), size)


def every_class(boxes: np.ndarray, probabilities: np.ndarray) -> Found:
    """The teacher's boxes with the class it thinks likeliest."""
    return Found(boxes, probabilities.max(1), probabilities.argmax(1))


def read_coco(file: Path, split: str | None) -> tuple[list[Path], list[Truth]]:
    document = json.loads(file.read_text())
    names = {category["id"]: category["name"] for category in document["categories"]}
    pictures, truth = [], []
    for entry in document["images"]:
        if split is not None and entry.get("split") != split:
            continue
        notes = [
            note
            for note in document["annotations"]
            if note["image_id"] == entry["id"] and names[note["category_id"]] in CLASSES
        ]
        corners = [(x, y, x + width, y + height) for x, y, width, height in (note["bbox"] for note in notes)]
        kinds = [CLASSES.index(names[note["category_id"]]) for note in notes]
        ignored = [bool(note.get("iscrowd")) for note in notes]
        pictures.append(file.parent / "images" / entry["file_name"])
        truth.append(Truth(np.array(corners).reshape(-1, 4), np.array(kinds, int), np.array(ignored, bool)))
    return pictures, truth


if __name__ == "__main__":
    main()
