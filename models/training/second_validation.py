"""second-validation.json and the data sets -> a folder that `cspcam models eval` reads: annotations.json and images.

The pictures are of cameras that prepare.py keeps out of the store altogether. Their boxes are the teacher's, corrected
by eye; what is too small or too crowded to say is a region to ignore (COCO's iscrowd).
"""

import argparse
import json
import shutil
from pathlib import Path

import cv2

from data.data_sets import CLASSES, DATA
from inputs import expect_file, expect_folder

BOXES = Path(__file__).with_name("second-validation.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder to make")
    options = parser.parse_args()
    expect_folder(options.data, "--data")
    document = json.loads(BOXES.read_text())
    (options.out / "images").mkdir(parents=True, exist_ok=True)
    for name in document["pictures"]:
        set_name, file = name.split("/")
        source = options.data / set_name / "images" / file
        expect_file(source, name)
        shutil.copy(source, options.out / "images" / file)
    (options.out / "annotations.json").write_text(json.dumps(to_coco(document["pictures"], options.out / "images")))


def to_coco(pictures: dict[str, dict], folder: Path) -> dict:
    """`pictures`: per name boxes and regions to ignore, each [label, x0, y0, x1, y1] in pixels."""
    images, annotations = [], []
    for number, (name, marked) in enumerate(pictures.items(), 1):
        file = name.split("/")[1]
        height, width = cv2.imread(str(folder / file)).shape[:2]
        images.append({"id": number, "file_name": file, "width": width, "height": height})
        for kind, crowd in (("boxes", 0), ("ignored", 1)):
            for label, x0, y0, x1, y1 in marked.get(kind, []):
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": number,
                        "category_id": CLASSES.index(label) + 1,
                        "bbox": [x0, y0, x1 - x0, y1 - y0],
                        "iscrowd": crowd,
                    }
                )
    categories = [{"id": number, "name": name} for number, name in enumerate(CLASSES, 1)]
    return {"images": images, "categories": categories, "annotations": annotations}


if __name__ == "__main__":
    main()
