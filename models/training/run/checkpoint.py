"""Everything a run needs to go on <-> one file, replaced in one step."""

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

LONGEST_MEMORY = 0.9995


class Average:
    """Exponential moving average of weights and of batch normalisation's statistics."""

    def __init__(self, network: nn.Module) -> None:
        self.network = deepcopy(network).eval().requires_grad_(False)
        self.updates = 0

    def update(self, network: nn.Module, batches: float = 1, decay_steps: int = 0) -> None:
        """After a step over so many batches of 16; `decay_steps` is the length of the final decay while it runs, else 0."""
        self.updates += 1
        # The memory grows with the run, so that early weights are soon forgotten.
        memory = min(LONGEST_MEMORY**batches, (1 + self.updates) / (10 + self.updates))
        if decay_steps:  # or a short decay would end as an average over what was before it
            memory = min(memory, max(0.0, 1 - 10 / decay_steps))
        current = network.state_dict()
        mine = [(value, current[name]) for name, value in self.network.state_dict().items()]
        floats = [(value, new) for value, new in mine if value.dtype.is_floating_point]
        torch._foreach_mul_([value for value, _ in floats], memory)
        torch._foreach_add_([value for value, _ in floats], [new for _, new in floats], alpha=1 - memory)


@dataclass
class Progress:
    step: int = 0
    seen: int = 0
    decay_from: int | None = None
    decay_over: int = 0
    best: float = 0.0
    rate: float | None = None  # for 16 pictures, before warm-up and decay


def save(
    path: Path, student: nn.Module, average: Average, optimizer: torch.optim.Optimizer, progress: Progress
) -> None:
    partial = path.with_suffix(".partial")
    torch.save(
        {
            "student": student.state_dict(),
            "average": average.network.state_dict(),
            "updates": average.updates,
            "optimizer": optimizer.state_dict(),
            "progress": vars(progress),
        },
        partial,
    )
    partial.replace(path)


def load(path: Path, student: nn.Module, average: Average, optimizer: torch.optim.Optimizer) -> Progress:
    state = torch.load(path, map_location="cpu", weights_only=True)
    student.load_state_dict(state["student"])
    average.network.load_state_dict(state["average"])
    average.updates = state["updates"]
    optimizer.load_state_dict(state["optimizer"])
    return Progress(**state["progress"])
