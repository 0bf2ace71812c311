"""Detections and true boxes of a test set -> AP at IoU 0.5, interpolated at 101 recalls as COCO does."""

from typing import NamedTuple

import numpy as np

from data.boxes import area, pairwise_iou
from data.data_sets import CLASSES

GROUPS_MEASURED = {
    "person": (0,),
    "vehicles": (2, 3, 4, 5),
    **{name: (number,) for number, name in enumerate(CLASSES) if name != "person"},
}
MAXIMUM_DETECTIONS = 100


class Found(NamedTuple):
    """One picture's detections: boxes (n, 4) xyxy, scores (n,), classes (n,)."""

    boxes: np.ndarray
    scores: np.ndarray
    classes: np.ndarray


class Truth(NamedTuple):
    """One picture's true boxes (n, 4) xyxy and classes (n,); `ignored` (n,) marks regions where nothing counts."""

    boxes: np.ndarray
    classes: np.ndarray
    ignored: np.ndarray


class Ranked(NamedTuple):
    """Detections of all pictures, best first: is each the first of a true object? And how many objects there are."""

    scores: np.ndarray
    hits: np.ndarray
    count: int


def average_precision(
    found: list[Found], truth: list[Truth], classes: tuple[int, ...], threshold: float = 0.5
) -> float:
    """NaN without truth."""
    _, hits, count = rank(found, truth, classes, threshold)
    if count == 0:
        return float("nan")
    if len(hits) == 0:
        return 0.0
    hit = hits.cumsum()
    recall = hit / count
    precision = np.maximum.accumulate((hit / np.arange(1, len(hit) + 1))[::-1])[::-1]
    at = np.searchsorted(recall, np.linspace(0, 1, 101), side="left")
    return float(np.where(at < len(precision), precision[np.minimum(at, len(precision) - 1)], 0).mean())


def best_score(found: list[Found], truth: list[Truth], classes: tuple[int, ...]) -> tuple[float, float, float, float]:
    """The least score with the highest F1, that F1, and precision and recall there; zeros without a hit."""
    scores, hits, count = rank(found, truth, classes, 0.5)
    if not hits.any():
        return 0.0, 0.0, 0.0, 0.0
    hit, said = hits.cumsum(), np.arange(1, len(hits) + 1)
    f1 = 2 * hit / (said + count)
    best = int(f1.argmax())
    return float(scores[best]), float(f1[best]), float(hit[best] / said[best]), float(hit[best] / count)


def rank(found: list[Found], truth: list[Truth], classes: tuple[int, ...], threshold: float) -> Ranked:
    scores, hits, count = [np.zeros(0)], [np.zeros(0, bool)], 0
    for one, true in zip(found, truth, strict=True):
        wanted = np.isin(one.classes, classes)
        order = np.argsort(-one.scores[wanted], kind="stable")[:MAXIMUM_DETECTIONS]
        boxes = one.boxes[wanted][order]
        asked = np.isin(true.classes, classes)
        hit = match(boxes, true.boxes[asked & ~true.ignored], threshold)
        counted = hit | ~covered(boxes, true.boxes[asked & true.ignored], threshold)
        count += int((asked & ~true.ignored).sum())
        scores.append(one.scores[wanted][order][counted])
        hits.append(hit[counted])
    together = np.concatenate(scores)
    order = np.argsort(-together, kind="stable")
    return Ranked(together[order], np.concatenate(hits)[order], count)


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


def covered(boxes: np.ndarray, regions: np.ndarray, share: float) -> np.ndarray:
    """Which boxes lie in one of the regions, by a share of their own area, as COCO has it for crowds."""
    if len(boxes) == 0 or len(regions) == 0:
        return np.zeros(len(boxes), bool)
    corner = np.maximum(boxes[:, None, :2], regions[None, :, :2])
    opposite = np.minimum(boxes[:, None, 2:], regions[None, :, 2:])
    inside = np.clip(opposite - corner, 0, None).prod(2) / np.maximum(area(boxes)[:, None], 1e-9)
    return (inside >= share).any(1)


def table_of(found: list[Found], truth: list[Truth]) -> dict[str, float]:
    return {name: average_precision(found, truth, classes) for name, classes in GROUPS_MEASURED.items()}
