"""A job as JSON on standard input -> COCO average precision by pycocotools, as JSON on standard output.

{"annotations": COCO annotations, "detections": [{"image_id", "category_id", "bbox", "score"}],
 "images": ids to look at, "categories": ids the detector knows, "pooled": ids counted as one class}
"""

import contextlib
import importlib.metadata
import io
import json
import sys

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

ALL, SMALL, MEDIUM, LARGE = range(4)
HUNDRED_DETECTIONS = 2


def evaluate(annotations: dict, detections: list[dict], images: list[int], categories: list[int]) -> COCOeval:
    truth = COCO()
    truth.dataset = annotations
    truth.createIndex()
    run = COCOeval(truth, truth.loadRes(detections), "bbox")
    run.params.imgIds = images
    run.params.catIds = categories
    run.evaluate()
    run.accumulate()
    return run


def mean(precision: np.ndarray) -> float | None:
    """-1 stands for classes without truth."""
    known = precision[precision > -1]
    return float(known.mean()) if known.size else None


def of_class(precision: np.ndarray) -> dict:
    """`precision` (thresholds, recalls)"""
    return {"ap": mean(precision), "ap50": mean(precision[0]), "ap75": mean(precision[5])}


def pool(entries: list[dict], pooled: list[int]) -> list[dict]:
    return [{**entry, "category_id": pooled[0]} for entry in entries if entry["category_id"] in pooled]


def main() -> None:
    job = json.load(sys.stdin)
    annotations, detections = job["annotations"], job["detections"]
    for number, entry in enumerate(annotations["annotations"], 1):
        entry.update(id=number, iscrowd=entry.get("iscrowd", 0))
    names = {entry["id"]: entry["name"] for entry in annotations["categories"]}
    with contextlib.redirect_stdout(io.StringIO()):
        run = evaluate(annotations, detections, job["images"], job["categories"])
        pooled = job["pooled"]
        together = {**annotations, "annotations": pool(annotations["annotations"], pooled)}
        vehicles = evaluate(together, pool(detections, pooled), job["images"], pooled[:1])
    precision = run.eval["precision"][..., HUNDRED_DETECTIONS]  # (thresholds, recalls, classes, areas)
    json.dump(
        {
            "oracle": f"pycocotools {importlib.metadata.version('pycocotools')}",
            **of_class(precision[..., ALL]),
            "apSmall": mean(precision[..., SMALL]),
            "apMedium": mean(precision[..., MEDIUM]),
            "apLarge": mean(precision[..., LARGE]),
            "perClass": {
                names[category]: of_class(precision[:, :, index, ALL])
                for index, category in enumerate(run.params.catIds)
            },
            "vehicles": of_class(vehicles.eval["precision"][:, :, 0, ALL, HUNDRED_DETECTIONS]),
        },
        sys.stdout,
    )


main()
