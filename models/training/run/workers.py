"""Several processes that train one network, each on batches of its own: their gradients are averaged each step.

Two of one thread each see 1.2 times the pictures of one with two threads, as most layers are too small to share.
"""

import multiprocessing
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, distributed


class Workers:
    """`number` 0 is the process that was started, and saves, measures and speaks for all."""

    def __init__(self, count: int = 1, number: int = 0, meeting: Path | None = None) -> None:
        self.count = count
        self.number = number
        if count > 1:
            distributed.init_process_group("gloo", f"file://{meeting}", world_size=count, rank=number)

    def share(self, parameters: list[Tensor], stopping: bool) -> bool:
        """Every gradient becomes the mean of all workers'; True for all as soon as one is to stop."""
        if self.count == 1:
            return stopping
        flag = torch.tensor([float(stopping)])
        together = torch.cat([*(value.grad.flatten() for value in parameters), flag])
        distributed.all_reduce(together)
        together /= self.count
        parts = together[:-1].split([value.numel() for value in parameters])
        for value, part in zip(parameters, parts, strict=True):
            value.grad.copy_(part.view(value.shape))
        return bool(together[-1] > 0)


def start_workers(count: int, train: Callable[[Workers], None]) -> None:
    """Run `train` in `count` processes, the first of them this one, and wait for all."""
    with tempfile.TemporaryDirectory() as folder:
        meeting = Path(folder) / "meeting"
        context = multiprocessing.get_context("spawn")
        # Not daemons: those may not have batch makers. Without the first worker the others fail at the next step.
        others = [context.Process(target=join, args=(train, count, number, meeting)) for number in range(1, count)]
        for process in others:
            process.start()
        join(train, count, 0, meeting)
        for process in others:
            process.join()


def join(train: Callable[[Workers], None], count: int, number: int, meeting: Path) -> None:
    train(Workers(count, number, meeting))
