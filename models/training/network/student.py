"""Pictures -> the network's maps and, where a teacher is at hand, its features in the teacher's widths."""

import math

import torch
from torch import Tensor, nn

from loss.feature_loss import Projections
from network.network import Convolution, DarknetNetwork


class Student(nn.Module):
    """The network with what it needs in training only."""

    def __init__(self, network: DarknetNetwork, teacher_widths: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.network = network
        widths = [layer.conv.in_channels for layer in last_convolutions(network)]
        self.projections = Projections(widths, teacher_widths) if teacher_widths else None

    def forward(self, x: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        maps, features = self.network.maps_and_features(x)
        return maps, self.projections(features) if self.projections is not None else []


def last_convolutions(network: DarknetNetwork) -> list[Convolution]:
    return [network.layers[number] for number in network.last_convolutions]


def start_biases(network: DarknetNetwork) -> None:
    """Objectness begins at 1 %, or thousands of empty cells drown the first steps."""
    with torch.no_grad():
        for layer, head in zip(last_convolutions(network), network.heads, strict=True):
            layer.conv.bias.zero_()
            layer.conv.bias.view(len(head.anchors), -1)[:, 4] = math.log(0.01 / 0.99)
            layer.conv.weight.normal_(0, 0.01)


def parameter_groups(module: nn.Module, weight_decay: float) -> list[dict]:
    """Decay pulls on kernels only, not on biases and normalisation."""
    kernels = [value for value in module.parameters() if value.ndim > 1]
    others = [value for value in module.parameters() if value.ndim <= 1]
    return [{"params": kernels, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
