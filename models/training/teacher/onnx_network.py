"""An ONNX graph of convolutions -> a torch module that computes the same on any device; for the teacher's maps."""

import numpy as np
import torch
from onnx import GraphProto, NodeProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional


class OnnxNetwork(nn.Module):
    """Runs the nodes in order. Knows what YOLOX's backbone and neck are made of, and says so of anything else."""

    def __init__(self, graph: GraphProto) -> None:
        super().__init__()
        self.graph = graph
        self.names = {value.name: f"constant{number}" for number, value in enumerate(graph.initializer)}
        for value in graph.initializer:
            array = np.array(numpy_helper.to_array(value))
            self.register_buffer(self.names[value.name], torch.from_numpy(array), persistent=False)
        unknown = {node.op_type for node in graph.node} - KINDS.keys()
        if unknown:
            raise ValueError(
                f"expected {', '.join(sorted(KINDS))} in the teacher, received {', '.join(sorted(unknown))}"
            )

    def forward(self, x: Tensor) -> list[Tensor]:
        values = {self.graph.input[0].name: x}
        for node in self.graph.node:
            inputs = [values[name] if name in values else self.constant(name) for name in node.input]
            values[node.output[0]] = KINDS[node.op_type](node, inputs)
        return [values[output.name] for output in self.graph.output]

    def constant(self, name: str) -> Tensor | None:
        return getattr(self, self.names[name]) if name else None


def attributes(node: NodeProto) -> dict:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def padding_of(options: dict) -> tuple[int, int]:
    top, left, bottom, right = options.get("pads", [0, 0, 0, 0])
    if (top, left) != (bottom, right):
        raise ValueError(f"expected the same padding on both sides in the teacher, received {options['pads']}")
    return top, left


def convolution(node: NodeProto, inputs: list[Tensor]) -> Tensor:
    options = attributes(node)
    bias = inputs[2] if len(inputs) > 2 else None
    strides, groups = options.get("strides", [1, 1]), options.get("group", 1)
    return functional.conv2d(inputs[0], inputs[1], bias, strides, padding_of(options), groups=groups)


def pooling(node: NodeProto, inputs: list[Tensor]) -> Tensor:
    options = attributes(node)
    return functional.max_pool2d(inputs[0], options["kernel_shape"], options["strides"], padding_of(options))


def resize(node: NodeProto, inputs: list[Tensor]) -> Tensor:
    scales = inputs[2].tolist()[2:]
    if attributes(node).get("mode") != b"nearest" or any(scale != round(scale) for scale in scales):
        raise ValueError(
            f"expected Resize of the teacher to repeat whole pixels, received {attributes(node)}, {scales}"
        )
    return inputs[0].repeat_interleave(int(scales[0]), 2).repeat_interleave(int(scales[1]), 3)


def part(_node: NodeProto, inputs: list[Tensor]) -> Tensor:
    x, starts, ends, axes, steps = inputs
    chosen = [slice(None)] * x.ndim
    for start, end, axis, step in zip(starts.tolist(), ends.tolist(), axes.tolist(), steps.tolist(), strict=True):
        chosen[axis] = slice(start, None if end >= 2**31 - 1 else end, step)
    return x[tuple(chosen)]


KINDS = {
    "Add": lambda _node, inputs: inputs[0] + inputs[1],
    "Concat": lambda node, inputs: torch.cat(inputs, attributes(node)["axis"]),
    "Conv": convolution,
    "MaxPool": pooling,
    "Mul": lambda _node, inputs: inputs[0] * inputs[1],
    "Resize": resize,
    "Sigmoid": lambda _node, inputs: inputs[0].sigmoid(),
    "Slice": part,
}
