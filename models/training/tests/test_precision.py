"""Seconds a step -> the format of the faster one; and real steps, whose speed says nothing here."""

import unittest
from unittest.mock import patch

import torch

from run import precision


class FasterPrecision(unittest.TestCase):
    def test_best_of_each_counts(self) -> None:
        cases = {
            "bfloat16": {"float32": [2.0, 2.0, 2.0], "bfloat16": [9.0, 1.0, 9.0]},
            "float32": {"float32": [9.0, 9.0, 1.0], "bfloat16": [2.0, 2.0, 2.0]},
        }
        for expected, seconds in cases.items():
            turns = {name: iter(values) for name, values in seconds.items()}
            with (
                self.subTest(expected),
                patch.object(precision, "step_seconds", lambda _net, _x, name: next(turns[name])),
            ):
                self.assertEqual(precision.faster_precision(torch.nn.Identity(), torch.device("cpu")), expected)

    def test_steps(self) -> None:
        layer = torch.nn.Conv2d(3, 2, 1)
        wrapped = torch.nn.Sequential(layer)
        wrapped.forward = lambda x: [layer(x)]
        self.assertIn(precision.faster_precision(wrapped, torch.device("cpu")), ("float32", "bfloat16"))
        self.assertIsNone(layer.weight.grad)


if __name__ == "__main__":
    unittest.main()
