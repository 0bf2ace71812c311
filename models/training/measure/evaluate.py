"""A network and the store's test pictures -> AP at IoU 0.5 per class, letterboxed as the product does it."""

import numpy as np
import torch
from torch import Tensor

from data.boxes import pairwise_iou
from data.picture_store import PictureStore
from loss.loss import decode_boxes, per_anchor
from measure.average_precision import Found, Truth, table_of
from network.network import DarknetNetwork, Head
from pictures.feed import to_tensor
from pictures.placement import letterbox

SCORE_FLOOR = 0.01
NMS_IOU = 0.5
CANDIDATES = 1000  # an untrained network passes everything


def evaluate(network: DarknetNetwork, store: PictureStore, size: int) -> dict[str, float]:
    found, truth = [], []
    for number in store.numbers("test"):
        rows = store.rows(number)
        found.append(detect(network, store.pixels(number), size))
        truth.append(Truth(rows[:, :4], rows[:, 6:].argmax(1), np.zeros(len(rows), bool)))
    return table_of(found, truth)


def detect(network: DarknetNetwork, picture: np.ndarray, size: int) -> Found:
    """`picture` (h, w, 3) uint8 RGB, letterboxed; boxes in its pixels."""
    network.eval()
    canvas, scale, left, top = letterbox(picture, size)
    with torch.no_grad():
        maps = network(to_tensor(canvas[None], next(network.parameters()).device))
    decoded = [decode_head(raw.float().cpu(), head) for raw, head in zip(maps, network.heads, strict=True)]
    boxes, scores = (torch.cat(parts, 1)[0].numpy() for parts in zip(*decoded, strict=True))
    boxes, scores, kinds = select(boxes, scores)
    height, width = picture.shape[:2]
    boxes = (boxes - np.array([left, top, left, top])) / scale
    return Found(np.clip(boxes, 0, [width, height] * 2), scores, kinds)


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
