"""A box and a head -> the cells worked out by hand."""

import unittest

import torch

from loss.assignment import assign
from network.network import Head

HEAD = Head(((10.0, 13.0), (16.0, 30.0)), 6, 8, 2.0)


def cells(box: tuple[float, float, float, float], grid: int = 8) -> set[tuple[int, int, int]]:
    """(anchor, column, row) of every place that is to predict `box`."""
    found = assign(torch.tensor([0]), torch.tensor([box]), HEAD, grid, grid)
    return set(zip(found.anchor.tolist(), found.column.tolist(), found.row.tolist(), strict=True))


class Assignment(unittest.TestCase):
    def test_cells(self) -> None:
        cases = {
            "nearest neighbours are left and above": (
                (34.0, 19.0, 10.0, 13.0),  # cell 4.25, 2.375
                {(a, x, y) for a in (0, 1) for x, y in ((4, 2), (3, 2), (4, 1))},
            ),
            "nearest neighbours are right and below": (
                (38.0, 22.0, 10.0, 13.0),  # cell 4.75, 2.75
                {(a, x, y) for a in (0, 1) for x, y in ((4, 2), (5, 2), (4, 3))},
            ),
            "none beyond the top left corner": ((2.0, 2.0, 10.0, 13.0), {(0, 0, 0), (1, 0, 0)}),
            "none beyond the bottom right corner": ((62.0, 62.0, 10.0, 13.0), {(0, 7, 7), (1, 7, 7)}),
            "only the second anchor is within a factor of four": ((2.0, 2.0, 16.0, 52.0), {(1, 0, 0)}),
            "only the first, where the box is the smaller": ((2.0, 2.0, 4.0, 13.0), {(0, 0, 0)}),
            "too large for both": ((32.0, 32.0, 64.0, 64.0), set()),
        }
        for name, (box, expected) in cases.items():
            with self.subTest(name):
                self.assertEqual(cells(box), expected)

    def test_names_the_picture_and_the_box(self) -> None:
        boxes = torch.tensor([[2.0, 2, 64, 64], [2.0, 2, 4, 13]])
        found = assign(torch.tensor([3, 5]), boxes, HEAD, 8, 8)
        self.assertEqual((found.picture.tolist(), found.box.tolist()), ([5], [1]))


if __name__ == "__main__":
    unittest.main()
