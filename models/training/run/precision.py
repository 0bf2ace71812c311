"""A network -> the number format in which its training steps are faster on this machine.

bfloat16 pays where the processor multiplies it (AMX, AVX512-BF16, GPUs); elsewhere the conversions cost more.
"""

import time

import torch
from torch import nn

SIZE = 256
PICTURES = 4
ROUNDS = 3


def faster_precision(network: nn.Module, device: torch.device) -> str:
    """`network` is not to be used afterwards: its statistics are those of noise.

    float32 or bfloat16, whichever had the fastest of a few steps each, in turns.
    """
    x = torch.rand(PICTURES, 3, SIZE, SIZE, device=device).to(memory_format=torch.channels_last)
    names = ("float32", "bfloat16")
    rounds = [{name: step_seconds(network, x, name) for name in names} for _ in range(ROUNDS)]
    return min(names, key=lambda name: min(seconds[name] for seconds in rounds))


def step_seconds(network: nn.Module, x: torch.Tensor, precision: str) -> float:
    """On the CPU of its time alone, so that what else the machine does takes no side."""
    clock = time.process_time if x.device.type == "cpu" else time.monotonic
    began = clock()
    with torch.autocast(x.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
        maps = network(x)
    sum(values.float().square().mean() for values in maps).backward()
    if x.device.type == "cuda":
        torch.cuda.synchronize()
    network.zero_grad(set_to_none=True)
    return clock() - began
