"""Hand boxes and the teacher's views of one picture -> rows to train on.

A row is x0, y0, x1, y1, score, class weight, then six class probabilities. `score` is what objectness should
become; 0 marks a region to ignore. A class weight of 0 trains the box and leaves the class alone.
"""

import numpy as np

from data.boxes import pairwise_iou
from data.data_sets import ANY_VEHICLE, CLASSES

ROW = 6 + len(CLASSES)
PERSON, BICYCLE, CAR, MOTORCYCLE, BUS, TRUCK = range(len(CLASSES))
GROUPS = np.array([0, 1, 2, 1, 2, 2])  # classes that the teacher mixes up share a group
SAME_IN_VIEWS_IOU = 0.55  # boxes of one object in several views, which are parts and mirrored: they differ a little
HAND_MATCH_IOU = 0.45
LEARN_FROM = 0.25  # teacher scores from here are soft positives
IGNORE_FROM = 0.10  # below this the teacher saw nothing
LEARN_UNLABELLED_FROM = 0.55  # where hand labels claim to be complete and have nothing
ONE_VIEW_FACTOR = 0.9
VEHICLES = [CAR, BUS, TRUCK]
SHARPNESS = 4  # a runner-up at 0.7 of the best is learned as 0.24, so that one vehicle gets one label


def merge_views(boxes: np.ndarray, probabilities: np.ndarray, views: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join the views' boxes of one object: score-weighted corners and probabilities, best first."""
    scores = probabilities.max(1)
    groups = GROUPS[probabilities.argmax(1)]
    order = np.argsort(-scores, kind="stable")
    iou = pairwise_iou(boxes, boxes)
    free = np.ones(len(boxes), bool)
    merged_boxes, merged_probabilities = [], []
    for index in order:
        if not free[index]:
            continue
        members = free & (iou[index] >= SAME_IN_VIEWS_IOU) & (groups == groups[index])
        free &= ~members
        weights = scores[members] ** 2
        merged_boxes.append((boxes[members] * weights[:, None]).sum(0) / weights.sum())
        mean = (probabilities[members] * weights[:, None]).sum(0) / weights.sum()
        merged_probabilities.append(mean * (1.0 if len(set(views[members])) > 1 else ONE_VIEW_FACTOR))
    if not merged_boxes:
        return np.zeros((0, 4), np.float32), np.zeros((0, len(CLASSES)), np.float32)
    return np.stack(merged_boxes).astype(np.float32), np.stack(merged_probabilities).astype(np.float32)


def rows_of(
    hand: tuple[tuple[int, tuple[float, float, float, float]], ...],
    complete: frozenset[int],
    boxes: np.ndarray,
    probabilities: np.ndarray,
) -> np.ndarray:
    """Rows (n, ROW): hand boxes first, each taking over the teacher's box of the same object."""
    rows: list[np.ndarray] = []
    free = np.ones(len(boxes), bool)
    if hand:
        hand_boxes = np.array([box for _, box in hand], np.float32)
        iou = pairwise_iou(hand_boxes, boxes)
        for (number, box), overlaps in zip(hand, iou, strict=True):
            group = GROUPS[CAR] if number == ANY_VEHICLE else GROUPS[number]
            matches = (overlaps >= HAND_MATCH_IOU) & (GROUPS[probabilities.argmax(1)] == group)
            rows.append(hand_row(number, box, overlaps * (matches & free), probabilities))
            free &= ~matches
    for box, chances in zip(boxes[free], probabilities[free], strict=True):
        row = teacher_row(box, chances, complete)
        if row is not None:
            rows.append(row)
    return np.stack(rows).astype(np.float32) if rows else np.zeros((0, ROW), np.float32)


def hand_row(
    number: int, box: tuple[float, float, float, float], overlaps: np.ndarray, probabilities: np.ndarray
) -> np.ndarray:
    row = np.zeros(ROW, np.float32)
    row[:4] = box
    row[4] = 1.0
    row[5] = 1.0
    if number != ANY_VEHICLE:
        row[6 + number] = 1.0
    elif len(overlaps) and overlaps.max() > 0:
        chances = probabilities[overlaps.argmax()]
        row[6:] = class_targets(chances)
    else:
        row[5] = 0.0
    return row


def teacher_row(box: np.ndarray, chances: np.ndarray, complete: frozenset[int]) -> np.ndarray | None:
    """Score times class target is the teacher's own score of each class."""
    score = float(chances.max())
    if score < IGNORE_FROM:
        return None
    contested = int(chances.argmax()) in complete
    row = np.zeros(ROW, np.float32)
    row[:4] = box
    if score >= (LEARN_UNLABELLED_FROM if contested else LEARN_FROM):
        row[4] = min(score, 1.0)
        row[5] = 1.0
        row[6:] = class_targets(chances)
    return row


def class_targets(chances: np.ndarray) -> np.ndarray:
    """The teacher's probabilities (6,), the best as 1; the vehicles beside it are what one object cannot be as well."""
    targets = chances / chances.max()
    if int(targets.argmax()) in VEHICLES:
        targets[VEHICLES] **= SHARPNESS
    return targets
