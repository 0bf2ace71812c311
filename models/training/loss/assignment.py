"""True boxes of a batch and a head's anchors -> which cells and anchors are to predict which box.

The rule: an anchor takes a box when neither side differs by a factor of four; the box's own cell and the
two neighbours nearest to its centre all predict it, which is what the decode range of -0.5..1.5 allows.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from network.network import Head

LARGEST_RATIO = 4.0
CELL_OFFSETS = torch.tensor([[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1]])


@dataclass
class Assigned:
    """One line per (cell, anchor, box): indices into the head's map (n, anchors, gh, gw) and into the boxes."""

    picture: Tensor
    anchor: Tensor
    row: Tensor
    column: Tensor
    box: Tensor


def assign(pictures: Tensor, boxes: Tensor, head: Head, grid_height: int, grid_width: int) -> Assigned:
    """`pictures` (n,) int64, `boxes` (n, 4) as centre x, centre y, width, height in input pixels."""
    anchors = torch.tensor(head.anchors, device=boxes.device)
    ratio = boxes[:, None, 2:] / anchors[None]
    fits = torch.maximum(ratio, 1 / ratio.clamp(min=1e-9)).amax(2) < LARGEST_RATIO
    box, anchor = fits.nonzero(as_tuple=True)
    centre = boxes[box, :2] / head.stride
    within = centre - centre.floor()
    limit = torch.tensor([grid_width, grid_height], device=boxes.device)
    near_low = (within < 0.5) & (centre > 1)
    near_high = (within >= 0.5) & (centre < limit - 1)
    chosen = torch.stack(
        [torch.ones_like(box, dtype=torch.bool), near_low[:, 0], near_high[:, 0], near_low[:, 1], near_high[:, 1]]
    )
    offset, line = chosen.nonzero(as_tuple=True)
    cell = centre[line].floor().long() + CELL_OFFSETS.to(boxes.device)[offset]
    column = cell[:, 0].clamp(0, grid_width - 1)
    row = cell[:, 1].clamp(0, grid_height - 1)
    return Assigned(pictures[box[line]], anchor[line], row, column, box[line])
