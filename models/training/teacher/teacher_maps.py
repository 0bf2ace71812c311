"""Augmented pictures -> the teacher's feature maps: YOLOX cut at the inputs of its three head stems."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import ModelProto, NodeProto
from onnx.utils import Extractor

STRIDES = (8, 16, 32)


class TeacherMaps:
    """The teacher's neck in ONNX Runtime, of any batch and any size that is a multiple of 32."""

    def __init__(self, model: Path, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(
            cut_at_head(onnx.load(str(model))).SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        self.input_name = self.session.get_inputs()[0].name

    def look(self, pictures: np.ndarray) -> list[np.ndarray]:
        """(n, size, size, 3) uint8 RGB -> float16 maps (n, channels, size / stride, size / stride), finest first."""
        tensor = pictures[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32)
        return [found.astype(np.float16) for found in self.session.run(None, {self.input_name: tensor})]


def widths(model: Path) -> dict[int, int]:
    """Channels of the maps by stride, finest first."""
    graph = onnx.load(str(model)).graph
    kernels = {value.name: value.dims for value in graph.initializer}
    return {stride: kernels[stem_of(graph, number).input[1]][1] for number, stride in enumerate(STRIDES)}


def cut_at_head(model: ModelProto) -> ModelProto:
    """The graph up to what its head's stems read, with free batch and size."""
    names = [stem_of(model.graph, number).input[0] for number in range(len(STRIDES))]
    # Shapes were written down for one picture of one size.
    del model.graph.value_info[:]
    feed = model.graph.input[0]
    for axis, name in ((0, "batch"), (2, "height"), (3, "width")):
        feed.type.tensor_type.shape.dim[axis].dim_param = name
    for name in names:
        model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    return Extractor(model).extract_model([feed.name], names)


def stem_of(graph: onnx.GraphProto, number: int) -> NodeProto:
    """The convolution that both branches of a head read: the first on the way up from the classes that feeds two."""
    makers = {name: node for node in graph.node for name in node.output}
    last = next((node for node in graph.node if f"head.cls_preds.{number}.weight" in node.input), None)
    if last is None:
        raise ValueError(f"expected head.cls_preds.{number}, as YOLOX has it, in the teacher, received none")
    name = last.input[0]
    while True:
        node = makers[name]
        while node.op_type != "Conv":  # SiLU is written x * sigmoid(x)
            node = next(makers[above] for above in node.input if makers[above].op_type != "Sigmoid")
        if sum(reader.op_type == "Conv" and name in reader.input for reader in graph.node) > 1:
            return node
        name = node.input[0]
