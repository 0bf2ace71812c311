"""Folder of data sets (COCO-format annotations each) -> pictures with boxes, and what each set labels fully."""

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path

from inputs import expect_folder

CLASSES = ("person", "bicycle", "car", "motorcycle", "bus", "truck")
ANY_VEHICLE = -1  # a hand label that says "vehicle" and leaves open which of car, bus and truck
PASTE_ONLY = frozenset({"inria_crops"})
TEST_SET = ("coco256", "val")
DATA = Path("../shared/data/detection")


@dataclass(frozen=True)
class Picture:
    """One picture on disk; `boxes` are xyxy in its pixels with a class number or ANY_VEHICLE."""

    set_name: str
    file: str
    path: Path
    width: int
    height: int
    boxes: tuple[tuple[int, tuple[float, float, float, float]], ...] = ()
    is_test: bool = False


@dataclass
class DataSet:
    """A set's pictures; `complete` holds the class numbers of which every object has a box."""

    name: str
    licence: str
    complete: frozenset[int]
    pictures: list[Picture] = field(default_factory=list)


def read_data_set(folder: Path) -> DataSet:
    """Read `folder`/annotations.json; classes that are neither ours nor "vehicle" are passed over."""
    document = json.loads((folder / "annotations.json").read_text())
    info = document["info"]
    split_of = {picture["id"]: picture.get("split", "train") for picture in document["images"]}
    numbers = {category["id"]: class_number(category["name"]) for category in document["categories"]}
    boxes: dict[int, list] = {picture_id: [] for picture_id in split_of}
    for note in document["annotations"]:
        number = numbers[note["category_id"]]
        if number is None or note.get("iscrowd"):
            continue
        x, y, width, height = note["bbox"]
        boxes[note["image_id"]].append((number, (x, y, x + width, y + height)))
    pictures = [
        Picture(
            folder.name,
            entry["file_name"],
            folder / "images" / entry["file_name"],
            entry["width"],
            entry["height"],
            tuple(boxes[entry["id"]]),
            (folder.name, split_of[entry["id"]]) == TEST_SET,
        )
        for entry in document["images"]
    ]
    return DataSet(folder.name, info.get("licence", "not stated"), complete_classes(info), pictures)


def class_number(name: str) -> int | None:
    if name == "vehicle":
        return ANY_VEHICLE
    return CLASSES.index(name) if name in CLASSES else None


def complete_classes(info: dict) -> frozenset[int]:
    """The classes whose absence in a set's boxes means absence in the picture."""
    named = info.get("exhaustively_labelled", [])
    if named == "ALL80":
        return frozenset(range(len(CLASSES)))
    if "vehicle" in named:
        named = [*named, "car", "bus", "truck"]
    return frozenset(CLASSES.index(name) for name in named if name in CLASSES)


def read_data_sets(root: Path, without: frozenset[str] = frozenset(), limit: int | None = None) -> list[DataSet]:
    """Every set below `root` except those named in `without`; fails on a name that no set has.

    `limit` takes about so many pictures of each, spread over the set.
    """
    names = sorted(path.parent.name for path in root.glob("*/annotations.json"))
    unknown = sorted(without - set(names))
    if unknown:
        raise SystemExit(f"expected names of sets below {root} for --without, received {', '.join(unknown)}")
    if not names:
        raise SystemExit(f"expected data sets with annotations.json for --data, received {root}")
    sets = [read_data_set(root / name) for name in names if name not in without]
    if limit is not None:
        for data_set in sets:
            data_set.pictures = data_set.pictures[:: max(1, round(len(data_set.pictures) / limit))]
    return sets


def read_held_out(document: Path) -> dict[str, frozenset[str]]:
    """Files of each set that `document`, the second validation set, keeps out of training."""
    return {name: frozenset(files) for name, files in json.loads(document.read_text())["held_out"].items()}


def add_data_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=DATA, help="folder of data sets")
    parser.add_argument(
        "--without", action="append", default=[], metavar="SET", help="leave a set out; may be repeated"
    )
    parser.add_argument("--limit", type=int, metavar="PICTURES", help="about so many of each set, for a trial")


def chosen_data_sets(options: argparse.Namespace) -> list[DataSet]:
    expect_folder(options.data, "--data")
    return read_data_sets(options.data, frozenset(options.without), options.limit)
