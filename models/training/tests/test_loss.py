"""Small maps and targets -> the loss worked out by hand."""

import math
import unittest

import torch
from torch import Tensor

from loss.loss import complete_iou, decode_boxes, detection_loss
from network.network import Head

# One anchor, one class: channels are x, y, width, height, objectness, class.
HEAD = Head(((16.0, 16.0),), 1, 16, 2.0)
LN2 = math.log(2)


def softplus(x: float) -> float:
    return math.log1p(math.exp(x))


def loss_of(raw: Tensor, *targets: tuple[float, ...]) -> dict[str, float]:
    total, parts = detection_loss([raw], [HEAD], torch.tensor(targets, dtype=torch.float32).reshape(-1, 8))
    return {**parts, "total": float(total)}


class Decode(unittest.TestCase):
    def test_new_coords(self) -> None:
        """Logits of 0 are the middle of the cell and the anchor; the reach is half a cell beyond it, and four anchors."""
        at = tuple(torch.tensor([value]) for value in (0, 0, 2, 1))  # picture, anchor, row 2, column 1
        cases = {0.0: (24.0, 40.0, 16.0, 16.0), 50.0: (40.0, 56.0, 64.0, 64.0), -50.0: (8.0, 24.0, 0.0, 0.0)}
        for logit, box in cases.items():
            with self.subTest(logit):
                torch.testing.assert_close(decode_boxes(torch.full((1, 6), logit), at, HEAD), torch.tensor([box]))


class CompleteIou(unittest.TestCase):
    def test_values(self) -> None:
        aspect = 4 / math.pi**2 * (math.atan(4) - math.atan(1)) ** 2
        cases = {
            "the same": ((5.0, 5, 10, 10), 1.0),
            "half beside it: 50 / 150, centres 5 apart, diagonal of 15 x 10": ((10.0, 5, 10, 10), 1 / 3 - 25 / 325),
            "apart": ((25.0, 5, 10, 10), -400 / 1000),
            "another shape": ((5.0, 5, 20, 5), 1 / 3 - aspect**2 / (1 - 1 / 3 + aspect)),
        }
        for name, (box, expected) in cases.items():
            with self.subTest(name):
                found = complete_iou(torch.tensor([[5.0, 5, 10, 10]]), torch.tensor([box]))
                self.assertAlmostEqual(float(found), expected, places=5)


class DetectionLoss(unittest.TestCase):
    def test_perfect_box_costs_objectness_and_class_only(self) -> None:
        raw = torch.zeros(1, 6, 2, 2)
        raw[0, 4] = -3.0
        raw[0, 4, 1, 1] = 2.0
        # Centre of cell (1, 1), the anchor's size, score 0.5; the sum of scores, 0.5, is taken as 1.
        found = loss_of(raw, (0, 24, 24, 16, 16, 0.5, 1, 1))
        self.assertAlmostEqual(found["box"], 0.0, places=5)
        self.assertAlmostEqual(found["objectness"], softplus(2) - 0.5 * 2 + 3 * softplus(-3), places=5)
        self.assertAlmostEqual(found["class"], 0.5 * LN2, places=5)
        self.assertAlmostEqual(found["total"], found["objectness"] + found["class"], places=5)

    def test_objectness_learns_the_overlap(self) -> None:
        """A box of twice the width: IoU 1/2, and CIoU less by the aspect term."""
        found = loss_of(torch.zeros(1, 6, 2, 2), (0, 24, 24, 32, 16, 1, 1, 1))
        aspect = 4 / math.pi**2 * (math.atan(2) - math.atan(1)) ** 2
        overlap = 0.5 - aspect**2 / (1 - 0.5 + aspect)
        self.assertAlmostEqual(found["box"], 3 * (1 - overlap), places=5)
        # Any target costs ln 2 at a logit of 0, so the gradient tells the target.
        raw = torch.zeros(1, 6, 2, 2, requires_grad=True)
        detection_loss([raw], [HEAD], torch.tensor([[0.0, 24, 24, 32, 16, 1, 1, 1]]))[0].backward()
        self.assertAlmostEqual(float(raw.grad[0, 4, 1, 1]), 0.5 - overlap, places=5)
        self.assertAlmostEqual(float(raw.grad[0, 4, 0, 0]), 0.5, places=5)

    def test_regions_to_ignore_and_unknown_classes(self) -> None:
        cell = (0, 24, 24, 16, 16)
        other = (0, 6, 6, 16, 16)  # cell (0, 0) alone: its neighbours would lie outside
        cases = {
            "nothing there: four cells are wrong": ((), 4 * LN2, 0.0),
            "a region to ignore excuses its cell": (((*other, 0, 1, 1),), 3 * LN2, 0.0),
            "an object excuses no other cell": (((*cell, 1, 1, 1),), 4 * LN2, LN2),
            "an object inside a region to ignore is learned": (((*cell, 0, 1, 1), (*cell, 1, 1, 1)), 4 * LN2, LN2),
            "an unknown class is not learned": (((*cell, 1, 0, 0),), 4 * LN2, 0.0),
            "two objects: the mean over them": (((*cell, 1, 1, 1), (*other, 1, 1, 1)), 2 * LN2, LN2),
        }
        for name, (targets, objectness, kind) in cases.items():
            with self.subTest(name):
                found = loss_of(torch.zeros(1, 6, 2, 2), *targets)
                self.assertAlmostEqual(found["objectness"], objectness, places=5)
                self.assertAlmostEqual(found["class"], kind, places=5)


if __name__ == "__main__":
    unittest.main()
