"""The network's last maps and the teacher's -> how little one follows from the other, channel by channel."""

import torch
from torch import Tensor, nn

FEATURE_WEIGHT = 3.0
EPSILON = 1e-5


class Projections(nn.Module):
    """A 1x1 convolution per head, without bias, to the width of the teacher's map; thrown away after training."""

    def __init__(self, widths: list[int], teacher_widths: list[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Conv2d(width, wanted, 1, bias=False) for width, wanted in zip(widths, teacher_widths, strict=True)
        )

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        return [layer(values) for layer, values in zip(self.layers, maps, strict=True)]


def feature_loss(maps: list[Tensor], teacher_maps: list[Tensor]) -> Tensor:
    """Mean square error / 2 of normalised maps (n, c, h, w), summed over the heads: each 1 - Pearson's correlation."""
    total = torch.zeros((), device=maps[0].device)
    for found, wanted in zip(maps, teacher_maps, strict=True):
        total = total + (normalized(found.float()) - normalized(wanted.float())).square().mean() / 2
    return total


def normalized(maps: Tensor) -> Tensor:
    """Mean 0 and variance 1 of every channel over batch and positions."""
    variance, mean = torch.var_mean(maps, (0, 2, 3), correction=0, keepdim=True)
    return (maps - mean) * (variance + EPSILON).rsqrt()
