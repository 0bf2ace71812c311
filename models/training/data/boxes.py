"""Arrays of xyxy boxes -> their pairwise IoU."""

import numpy as np


def pairwise_iou(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(n, 4) and (m, 4) -> (n, m)."""
    corner = np.maximum(first[:, None, :2], second[None, :, :2])
    opposite = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.clip(opposite - corner, 0, None).prod(2)
    return shared / np.maximum(area(first)[:, None] + area(second)[None] - shared, 1e-9)


def area(boxes: np.ndarray) -> np.ndarray:
    return np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(1)
