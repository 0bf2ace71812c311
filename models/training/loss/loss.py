"""Raw maps of the heads and a batch's target rows -> the loss and its parts.

(3 * CIoU + objectness + class) / sum of target scores. Objectness learns IoU times the teacher's score
(hand labels: 1), classes learn the teacher's probabilities.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from loss.assignment import Assigned, assign
from network.network import Head

BOX_WEIGHT = 3.0
LOSS_PARTS = ("box", "objectness", "class", "features")
# columns of a batch's targets (n, 13): picture, centre x, centre y, width, height, score, class weight, classes


def detection_loss(maps: list[Tensor], heads: list[Head], targets: Tensor) -> tuple[Tensor, dict[str, float]]:
    """`targets` (n, 7 + classes) in input pixels; rows of score 0 only switch objectness off where they lie."""
    device = targets.device
    box_loss = objectness_loss = class_loss = total_score = torch.zeros((), device=device)
    for raw, head in zip(maps, heads, strict=True):
        values = per_anchor(raw.float(), head)
        found = assign(targets[:, 0].long(), targets[:, 1:5], head, values.shape[2], values.shape[3])
        wanted = torch.zeros(values.shape[:4], device=device)
        weight = torch.ones(values.shape[:4], device=device)
        row = targets[found.box]
        ignored = row[:, 5] <= 0
        weight[index_of(found, ignored)] = 0.0
        learn = ~ignored
        if learn.any():
            at = index_of(found, learn)
            row, prediction = row[learn], values[at]
            overlap = complete_iou(decode_boxes(prediction, at, head), row[:, 1:5])
            score, class_weight = row[:, 5], row[:, 6]
            box_loss = box_loss + ((1 - overlap) * score).sum()
            best_first = overlap.detach().clamp(0, 1) * score
            order = best_first.argsort()  # the last write wins, so the best box of a cell sets its target
            wanted[tuple(axis[order] for axis in at)] = best_first[order]
            weight[at] = 1.0
            errors = functional.binary_cross_entropy_with_logits(prediction[:, 5:], row[:, 7:], reduction="none")
            class_loss = class_loss + (errors.sum(1) * score * class_weight).sum()
            total_score = total_score + score.sum()
        errors = functional.binary_cross_entropy_with_logits(values[..., 4], wanted, reduction="none")
        objectness_loss = objectness_loss + (errors * weight).sum()
    scale = 1 / total_score.clamp(min=1.0)
    parts = {"box": BOX_WEIGHT * box_loss * scale, "objectness": objectness_loss * scale, "class": class_loss * scale}
    total = parts["box"] + parts["objectness"] + parts["class"]
    return total, {name: float(part.detach()) for name, part in parts.items()}


def per_anchor(raw: Tensor, head: Head) -> Tensor:
    """(n, anchors * (5 + classes), gh, gw) -> (n, anchors, gh, gw, 5 + classes)."""
    count, _, height, width = raw.shape
    return raw.view(count, len(head.anchors), 5 + head.classes, height, width).permute(0, 1, 3, 4, 2)


def index_of(found: Assigned, chosen: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return found.picture[chosen], found.anchor[chosen], found.row[chosen], found.column[chosen]


def decode_boxes(prediction: Tensor, at: tuple[Tensor, ...], head: Head) -> Tensor:
    """Darknet's new_coords: xy = scale * sigmoid - (scale - 1) / 2 + cell, wh = (2 * sigmoid)^2 * anchor."""
    _, anchor, row, column = at
    cell = torch.stack([column, row], 1)
    share = prediction[:, :4].sigmoid()
    centre = (share[:, :2] * head.scale_x_y - (head.scale_x_y - 1) / 2 + cell) * head.stride
    size = (share[:, 2:] * 2) ** 2 * torch.tensor(head.anchors, device=prediction.device)[anchor]
    return torch.cat([centre, size], 1)


def complete_iou(first: Tensor, second: Tensor) -> Tensor:
    """CIoU of boxes (n, 4) as centre and size: IoU - centre distance / diagonal - aspect term."""
    low = torch.maximum(first[:, :2] - first[:, 2:] / 2, second[:, :2] - second[:, 2:] / 2)
    high = torch.minimum(first[:, :2] + first[:, 2:] / 2, second[:, :2] + second[:, 2:] / 2)
    outer_low = torch.minimum(first[:, :2] - first[:, 2:] / 2, second[:, :2] - second[:, 2:] / 2)
    outer_high = torch.maximum(first[:, :2] + first[:, 2:] / 2, second[:, :2] + second[:, 2:] / 2)
    shared = (high - low).clamp(min=0).prod(1)
    iou = shared / (first[:, 2:].prod(1) + second[:, 2:].prod(1) - shared + 1e-7)
    distance = ((first[:, :2] - second[:, :2]) ** 2).sum(1)
    diagonal = ((outer_high - outer_low) ** 2).sum(1) + 1e-7
    angle = torch.atan(second[:, 2] / second[:, 3]) - torch.atan(first[:, 2] / (first[:, 3] + 1e-7))
    aspect = 4 / math.pi**2 * angle**2
    with torch.no_grad():
        share = aspect / (1 - iou + aspect + 1e-7)
    return iou - distance / diagonal - share * aspect
