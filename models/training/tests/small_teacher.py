"""A network of a few layers with the shape and the names of YOLOX's head -> an ONNX file for tests."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WIDTHS = (4, 6, 8)
SIZE = 64


def write_small_teacher(file: Path) -> list[str]:
    """Returns the names of what the three stems read. Random kernels; the input is one picture of SIZE."""
    rng = np.random.default_rng(5)
    nodes, kernels, stems = [], [], []

    def convolution(source: str, name: str, channels: tuple[int, int], stride: int = 1, kernel: int = 1) -> str:
        weights = rng.normal(0, 0.5, (channels[1], channels[0], kernel, kernel)).astype(np.float32)
        kernels.append(numpy_helper.from_array(weights, f"{name}.weight"))
        attributes = {"strides": [stride, stride], "pads": [kernel // 2] * 4, "kernel_shape": [kernel, kernel]}
        nodes.append(helper.make_node("Conv", [source, f"{name}.weight"], [f"{name}.out"], **attributes))
        return f"{name}.out"

    def silu(source: str) -> str:
        nodes.append(helper.make_node("Sigmoid", [source], [f"{source}.gate"]))
        nodes.append(helper.make_node("Mul", [source, f"{source}.gate"], [f"{source}.silu"]))
        return f"{source}.silu"

    outputs, above, width = [], "images", 3
    for number, wider in enumerate(WIDTHS):
        above = silu(convolution(above, f"neck.{number}", (width, wider), 8 if number == 0 else 2, 3))
        width = wider
        stems.append(above)
    for number, (name, width) in enumerate(zip(stems, WIDTHS, strict=True)):
        stem = silu(convolution(name, f"head.stems.{number}", (width, 5)))
        classes = silu(
            convolution(silu(convolution(stem, f"head.cls.{number}.0", (5, 5))), f"head.cls.{number}.1", (5, 5))
        )
        boxes = silu(
            convolution(silu(convolution(stem, f"head.reg.{number}.0", (5, 5))), f"head.reg.{number}.1", (5, 5))
        )
        outputs += [
            convolution(classes, f"head.cls_preds.{number}", (5, 2)),
            convolution(boxes, f"head.reg_preds.{number}", (5, 4)),
            convolution(boxes, f"head.obj_preds.{number}", (5, 1)),
        ]
    feed = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIZE, SIZE])
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    graph = helper.make_graph(nodes, "small teacher", [feed], ends, kernels)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8), str(file))
    return stems
