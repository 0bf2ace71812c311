"""A network and the store's test pictures -> AP at IoU 0.5 per class, letterboxed as the product does it."""

import numpy as np
import torch
from torch import Tensor

from data.boxes import pairwise_iou
from data.picture_store import PictureStore
from loss.loss import decode_boxes, per_anchor
from measure.average_precision import table_of
from network.network import DarknetNetwork, Head
from pictures.feed import to_tensor
from pictures.placement import letterbox

SCORE_FLOOR = 0.01
NMS_IOU = 0.5
CANDIDATES = 1000  # an untrained network passes everything


def detect(network: DarknetNetwork, pictures: np.ndarray) -> list[tuple]:
    """`pictures` (n, size, size, 3) uint8 RGB -> per picture boxes (k, 4) xyxy, scores (k,), classes (k,)."""
    with torch.no_grad():
        maps = network(to_tensor(pictures, next(network.parameters()).device))
    decoded = [decode_head(raw.float().cpu(), head) for raw, head in zip(maps, network.heads, strict=True)]
    boxes = torch.cat([boxes for boxes, _ in decoded], 1).numpy()
    scores = torch.cat([scores for _, scores in decoded], 1).numpy()
    return [select(*pair) for pair in zip(boxes, scores, strict=True)]


def decode_head(raw: Tensor, head: Head) -> tuple[Tensor, Tensor]:
    """Boxes (n, cells, 4) xyxy and scores (n, cells, classes)."""
    values = per_anchor(raw, head)
    at = torch.meshgrid(*(torch.arange(side) for side in values.shape[:4]), indexing="ij")
    flat = decode_boxes(values.reshape(-1, values.shape[4]), tuple(axis.reshape(-1) for axis in at), head)
    corners = torch.cat([flat[:, :2] - flat[:, 2:] / 2, flat[:, :2] + flat[:, 2:] / 2], 1)
    scores = values[..., 4:5].sigmoid() * values[..., 5:].sigmoid()
    count = len(raw)
    return corners.view(count, -1, 4), scores.reshape(count, -1, head.classes)


def select(boxes: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per-class NMS of the best candidates."""
    cell, kind = np.nonzero(scores >= SCORE_FLOOR)
    values = scores[cell, kind]
    order = np.argsort(-values, kind="stable")[:CANDIDATES]
    cell, kind, values = cell[order], kind[order], values[order]
    kept = []
    for number in np.unique(kind):
        line = np.nonzero(kind == number)[0]
        overlaps = pairwise_iou(boxes[cell[line]], boxes[cell[line]])
        free = np.ones(len(line), bool)
        for index in range(len(line)):
            if free[index]:
                kept.append(line[index])
                free &= overlaps[index] < NMS_IOU
    chosen = np.array(kept, np.int64)
    return boxes[cell[chosen]], values[chosen], kind[chosen]


def evaluate(network: DarknetNetwork, store: PictureStore, size: int = 416) -> dict[str, float]:
    network.eval()
    numbers = store.numbers("test")
    found, truth = [], []
    for start in range(0, len(numbers), 8):
        part = numbers[start : start + 8]
        boxed = [letterbox(store.pixels(number), size) for number in part]
        results = detect(network, np.stack([canvas for canvas, *_ in boxed]))
        for number, (_, scale, left, top), (boxes, scores, kinds) in zip(part, boxed, results, strict=True):
            entry, rows = store.entries[number], store.rows(number)
            boxes = (boxes - np.array([left, top, left, top])) / scale
            found.append((np.clip(boxes, 0, [entry["w"], entry["h"]] * 2), scores, kinds))
            truth.append((rows[:, :4], rows[:, 6:].argmax(1)))
    return table_of(found, truth)
