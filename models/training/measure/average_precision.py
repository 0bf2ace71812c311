"""Detections and true boxes of a test set -> AP at IoU 0.5, interpolated at 101 recalls as COCO does."""

import numpy as np

from data.boxes import pairwise_iou
from data.data_sets import CLASSES

GROUPS_MEASURED = {
    "person": (0,),
    "vehicles": (2, 3, 4, 5),
    **{name: (number,) for number, name in enumerate(CLASSES) if name != "person"},
}
MAXIMUM_DETECTIONS = 100


def average_precision(
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]],
    truth: list[tuple[np.ndarray, np.ndarray]],
    classes: tuple[int, ...],
    threshold: float = 0.5,
) -> float:
    """`found` per picture: boxes (n, 4), scores (n,), classes (n,); `truth`: boxes, classes. NaN without truth."""
    scores, hits, count = [], [], 0
    for (boxes, box_scores, box_classes), (true_boxes, true_classes) in zip(found, truth, strict=True):
        wanted = np.isin(box_classes, classes)
        order = np.argsort(-box_scores[wanted], kind="stable")[:MAXIMUM_DETECTIONS]
        targets = true_boxes[np.isin(true_classes, classes)]
        count += len(targets)
        scores.append(box_scores[wanted][order])
        hits.append(match(boxes[wanted][order], targets, threshold))
    if count == 0:
        return float("nan")
    order = np.argsort(-np.concatenate(scores), kind="stable")
    hit = np.concatenate(hits)[order].cumsum()
    recall = hit / count
    precision = np.maximum.accumulate((hit / np.arange(1, len(hit) + 1))[::-1])[::-1]
    at = np.searchsorted(recall, np.linspace(0, 1, 101), side="left")
    return (
        float(np.where(at < len(precision), precision[np.minimum(at, len(precision) - 1)], 0).mean())
        if len(hit)
        else 0.0
    )


def match(boxes: np.ndarray, targets: np.ndarray, threshold: float) -> np.ndarray:
    """Which boxes, best first, take a target that is still free."""
    hit = np.zeros(len(boxes), bool)
    if len(targets) == 0:
        return hit
    overlaps = pairwise_iou(boxes, targets)
    for index in range(len(boxes)):
        best = overlaps[index].argmax()
        if overlaps[index, best] >= threshold:
            hit[index] = True
            overlaps[:, best] = -1
    return hit


def table_of(
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]], truth: list[tuple[np.ndarray, np.ndarray]]
) -> dict[str, float]:
    return {name: average_precision(found, truth, classes) for name, classes in GROUPS_MEASURED.items()}
