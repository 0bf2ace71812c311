"""Darknet sections -> a torch module: RGB (n, 3, h, w) in 0..1 -> raw maps (n, anchors * (5 + classes), gh, gw)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from network.darknet_cfg import Section, parse_cfg

# Training statistics are noisy at batch 16; Darknet's own epsilon (1e-5) is restored on export.
BN_EPSILON = 1e-3
BN_MOMENTUM = 0.03


@dataclass(frozen=True)
class Head:
    """One [yolo] section: `anchors` in pixels of the network input, `stride` in pixels per cell."""

    anchors: tuple[tuple[float, float], ...]
    classes: int
    stride: int
    scale_x_y: float


class Convolution(nn.Module):
    """Convolution, batch normalisation where the cfg asks for it, activation."""

    def __init__(self, section: Section, channels: int) -> None:
        super().__init__()
        size = section.integer("size", 1)
        padding = size // 2 if section.integer("pad", 0) else section.integer("padding", 0)
        normalized = bool(section.integer("batch_normalize", 0))
        self.filters = section.integer("filters", 1)
        self.activation = section.text("activation", "linear")
        self.conv = nn.Conv2d(
            channels,
            self.filters,
            size,
            section.integer("stride", 1),
            padding,
            groups=section.integer("groups", 1),
            bias=not normalized,
        )
        self.norm = nn.BatchNorm2d(self.filters, BN_EPSILON, BN_MOMENTUM) if normalized else None

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        if self.norm is not None:
            x = self.norm(x)
        return activate(x, self.activation)


def activate(x: Tensor, activation: str) -> Tensor:
    if activation == "linear":
        return x
    if activation == "relu":
        return functional.relu(x, inplace=True)
    if activation == "leaky":
        return functional.leaky_relu(x, 0.1, inplace=True)
    if activation == "logistic":
        return torch.sigmoid(x)
    raise ValueError(f"expected linear, relu, leaky or logistic for activation, received {activation}")


def maximum_over_depth(x: Tensor, out_channels: int) -> Tensor:
    """Darknet's maxpool_depth: channel k is the maximum of k, k + out_channels, k + 2 * out_channels..."""
    parts = x.split(out_channels, 1)
    best = parts[0]
    for part in parts[1:]:
        best = torch.maximum(best, part)
    return best


class DarknetNetwork(nn.Module):
    """Runs the sections of a cfg in order; returns the input of every [yolo] section, logits throughout.

    With new_coords the cfg's convolution before [yolo] is logistic; here it stays linear and the loss
    and the decoder apply the sigmoid, which keeps the loss exact where the sigmoid saturates.
    """

    def __init__(self, cfg: str) -> None:
        super().__init__()
        self.net, self.sections = parse_cfg(cfg)
        self.layers = nn.ModuleList()
        self.sources: list[list[int]] = []
        self.heads: list[Head] = []
        channels: list[int] = []
        strides: list[int] = []
        for number, section in enumerate(self.sections):
            sources = self.sources_of(number, section)
            inputs = [channels[source] if source >= 0 else self.net.integer("channels", 3) for source in sources]
            stride = strides[sources[0]] if sources[0] >= 0 else 1
            layer: nn.Module = nn.Identity()
            width = inputs[0]
            if section.kind == "convolutional":
                layer = Convolution(section, inputs[0])
                width = layer.filters
                stride *= section.integer("stride", 1)
            elif section.kind == "maxpool" and section.integer("maxpool_depth", 0):
                width = section.integer("out_channels", 1)
            elif section.kind == "maxpool":
                stride *= section.integer("stride", 1)
            elif section.kind == "upsample":
                stride //= section.integer("stride", 2)
            elif section.kind == "route":
                width = sum(inputs) // section.integer("groups", 1)
            elif section.kind == "yolo":
                self.heads.append(head_of(section, stride))
                self.check_head(number, section, width)
            self.layers.append(layer)
            self.sources.append(sources)
            channels.append(width)
            strides.append(stride)
        self.last_convolutions = [n - 1 for n, section in enumerate(self.sections) if section.kind == "yolo"]
        self.last_use = {source: number for number, sources in enumerate(self.sources) for source in sources}

    def sources_of(self, number: int, section: Section) -> list[int]:
        def absolute(index: int) -> int:
            return index if index >= 0 else number + index

        if section.kind == "route":
            return [absolute(index) for index in section.integers("layers")]
        if section.kind in ("shortcut", "sam"):
            return [number - 1, *(absolute(index) for index in section.integers("from"))]
        if section.kind in ("convolutional", "maxpool", "upsample", "yolo"):
            return [number - 1]
        raise ValueError(f"expected a layer kind this trainer knows for section {number}, received [{section.kind}]")

    def check_head(self, number: int, section: Section, width: int) -> None:
        head = self.heads[-1]
        before = self.layers[number - 1]
        expected = len(head.anchors) * (5 + head.classes)
        if not section.integer("new_coords", 0) or getattr(before, "activation", "") != "logistic":
            raise ValueError(f"expected new_coords=1 after a logistic convolution for [yolo] in section {number}")
        if width != expected:
            raise ValueError(f"expected filters={expected} before [yolo] in section {number}, received {width}")
        before.activation = "linear"

    def forward(self, x: Tensor) -> list[Tensor]:
        return self.maps_and_features(x)[0]

    def maps_and_features(self, x: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """The heads' maps, and what their last convolutions read, in the same order."""
        outputs: dict[int, Tensor] = {-1: x}
        maps: list[Tensor] = []
        features: list[Tensor] = []
        for number, section in enumerate(self.sections):
            inputs = [outputs[source] for source in self.sources[number]]
            if number in self.last_convolutions:
                features.append(inputs[0])
            if section.kind == "yolo":
                maps.append(inputs[0])
            outputs[number] = self.run(section, self.layers[number], inputs)
            for source in self.sources[number]:
                if self.last_use[source] == number:
                    outputs.pop(source, None)
        return maps, features

    def run(self, section: Section, layer: nn.Module, inputs: list[Tensor]) -> Tensor:
        x = inputs[0]
        if section.kind == "convolutional":
            return layer(x)
        if section.kind == "maxpool":
            if section.integer("maxpool_depth", 0):
                return maximum_over_depth(x, section.integer("out_channels", 1))
            return functional.max_pool2d(x, section.integer("size", 2), section.integer("stride", 2))
        if section.kind == "upsample":
            return functional.interpolate(x, scale_factor=float(section.integer("stride", 2)), mode="nearest")
        if section.kind == "route":
            joined = torch.cat(inputs, 1) if len(inputs) > 1 else x
            groups = section.integer("groups", 1)
            return joined if groups == 1 else joined.chunk(groups, 1)[section.integer("group_id", 0)]
        if section.kind == "shortcut":
            return activate(add_channels(x, inputs[1:]), section.text("activation", "linear"))
        if section.kind == "sam":
            return activate(x * inputs[1], section.text("activation", "linear"))
        return x


def add_channels(x: Tensor, others: list[Tensor]) -> Tensor:
    """Darknet's shortcut: where widths differ, only the channels that both have are added."""
    for other in others:
        shared = min(x.shape[1], other.shape[1])
        if x.shape[1] == shared:
            x = x + other[:, :shared]
        else:
            x = torch.cat([x[:, :shared] + other, x[:, shared:]], 1)
    return x


def head_of(section: Section, stride: int) -> Head:
    numbers = [float(part) for part in section.text("anchors").split(",")]
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    chosen = tuple(pairs[index] for index in section.integers("mask"))
    return Head(chosen, section.integer("classes", 80), stride, section.number("scale_x_y", 1.0))
