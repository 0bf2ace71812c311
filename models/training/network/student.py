"""Pictures -> the network's maps and, where a teacher is at hand, its features in the teacher's widths."""

import math

import torch
from torch import Tensor, nn

from loss.feature_loss import Projections
from network.network import Convolution, DarknetNetwork


class Student(nn.Module):
    """The network with what it needs in training only."""

    def __init__(self, network: DarknetNetwork, teacher_widths: dict[int, int] | None = None) -> None:
        """`teacher_widths`: channels of the teacher's maps by stride, finest first; every head needs one of its stride."""
        super().__init__()
        self.network = network
        self.projections = None
        self.places: list[int] = []  # of the heads' maps among the teacher's
        if teacher_widths:
            strides = [head.stride for head in network.heads]
            if not teacher_widths.keys() >= set(strides):
                raise ValueError(f"expected heads of strides {[*teacher_widths]}, as the teacher's, received {strides}")
            self.places = [[*teacher_widths].index(stride) for stride in strides]
            widths = [layer.conv.in_channels for layer in last_convolutions(network)]
            self.projections = Projections(widths, [teacher_widths[stride] for stride in strides])

    def forward(self, x: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        maps, features = self.network.maps_and_features(x)
        return maps, self.projections(features) if self.projections is not None else []

    def chosen(self, teacher_maps: list[Tensor]) -> list[Tensor]:
        """The teacher's maps in the order of the heads."""
        return [teacher_maps[place] for place in self.places]


def last_convolutions(network: DarknetNetwork) -> list[Convolution]:
    return [network.layers[number] for number in network.last_convolutions]


def start_biases(network: DarknetNetwork) -> None:
    """Objectness begins at 1 %, or thousands of empty cells drown the first steps."""
    with torch.no_grad():
        for layer, head in zip(last_convolutions(network), network.heads, strict=True):
            layer.conv.bias.zero_()
            layer.conv.bias.view(len(head.anchors), -1)[:, 4] = math.log(0.01 / 0.99)
            layer.conv.weight.normal_(0, 0.01)


def parameter_groups(student: Student, weight_decay: float) -> list[dict]:
    """Decay pulls on kernels only, not on biases and normalisation; `of_network` is False for the projections."""
    parts = [(student.network, True), (student.projections, False)]
    return [
        {
            "params": [value for value in part.parameters() if (value.ndim > 1) == are_kernels],
            "weight_decay": weight_decay if are_kernels else 0.0,
            "of_network": of_network,
        }
        for part, of_network in parts
        if part is not None
        for are_kernels in (True, False)
    ]
