"""What is found in a picture -> vehicles that bear a second label."""

import numpy as np

from data.boxes import pairwise_iou
from measure.average_precision import GROUPS_MEASURED, Found

SAME_OBJECT_IOU = 0.6  # from here on the agent keeps one label: models/decode/one-label.ts


def doubly_labelled(found: Found, min_score: float) -> int:
    """How many vehicles lie on a better one of another kind."""
    chosen = np.isin(found.classes, GROUPS_MEASURED["vehicles"]) & (found.scores >= min_score)
    order = np.argsort(-found.scores[chosen], kind="stable")
    boxes, kinds = found.boxes[chosen][order], found.classes[chosen][order]
    same = (pairwise_iou(boxes, boxes) >= SAME_OBJECT_IOU) & (kinds[:, None] != kinds[None])
    return int(np.tril(same, -1).any(1).sum())
