"""Gradients of two processes -> their mean in both; the first one's wish to stop -> known to both."""

import multiprocessing
import tempfile
import unittest
from functools import partial
from pathlib import Path

import torch

from run.workers import Workers, start_workers

GRADIENTS = ([[1.0, 2.0], [3.0, 4.0]], [[3.0, 2.0], [1.0, -4.0]])
MEAN = [[2.0, 2.0], [2.0, 0.0]]


def share(out: Path, workers: Workers) -> None:
    value = torch.zeros(2, 2, requires_grad=True)
    value.grad = torch.tensor(GRADIENTS[workers.number])
    goes_on = workers.share([value], False)
    stops = workers.share([value], workers.number == 0)
    torch.save([value.grad.tolist(), goes_on, stops], out / f"{workers.number}")


class SharedGradients(unittest.TestCase):
    def test_two(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            start_workers(2, partial(share, Path(folder)))
            for number in range(2):
                with self.subTest(number):
                    self.assertEqual(torch.load(Path(folder) / f"{number}"), [MEAN, False, True])
        self.assertEqual(multiprocessing.active_children(), [])

    def test_one_needs_no_other(self) -> None:
        value = torch.zeros(2, requires_grad=True)
        value.grad = torch.tensor([1.0, 2.0])
        self.assertTrue(Workers().share([value], True))
        self.assertEqual(value.grad.tolist(), [1.0, 2.0])
