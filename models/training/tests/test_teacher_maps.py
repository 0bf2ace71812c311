"""A small network with YOLOX's head -> its maps before the head, as ONNX Runtime computes them inside the whole."""

import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from small_teacher import SIZE, WIDTHS, write_small_teacher

from teacher.onnx_network import OnnxNetwork
from teacher.teacher_maps import TeacherMaps, cut_at_head, widths


class Cut(unittest.TestCase):
    def setUp(self) -> None:
        self.file = Path(self.enterContext(tempfile.TemporaryDirectory())) / "teacher.onnx"
        self.names = write_small_teacher(self.file)

    def test_maps_are_those_inside_the_whole_network(self) -> None:
        whole = onnx.load(str(self.file))
        whole.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in self.names)
        session = onnxruntime.InferenceSession(whole.SerializeToString(), providers=["CPUExecutionProvider"])
        picture = np.random.default_rng(1).integers(0, 256, (1, SIZE, SIZE, 3), dtype=np.uint8)
        bgr = picture[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32)
        found = TeacherMaps(self.file).look(picture)
        for values, expected in zip(found, session.run(self.names, {"images": bgr}), strict=True):
            np.testing.assert_allclose(values.astype(np.float32), expected, rtol=2e-3, atol=1e-2)
            self.assertGreater(expected.std(), 0.1)

    def test_torch_computes_the_same(self) -> None:
        cut = cut_at_head(onnx.load(str(self.file)))
        session = onnxruntime.InferenceSession(cut.SerializeToString(), providers=["CPUExecutionProvider"])
        x = np.random.default_rng(2).uniform(0, 255, (2, 3, SIZE, SIZE)).astype(np.float32)
        with torch.no_grad():
            found = OnnxNetwork(cut.graph)(torch.from_numpy(x))
        for values, expected in zip(found, session.run(None, {"images": x}), strict=True):
            np.testing.assert_allclose(values.numpy(), expected, rtol=1e-4, atol=1e-3)

    def test_any_batch_and_size(self) -> None:
        found = TeacherMaps(self.file).look(np.zeros((3, 96, 96, 3), np.uint8))
        self.assertEqual([values.shape for values in found], [(3, 4, 12, 12), (3, 6, 6, 6), (3, 8, 3, 3)])
        self.assertEqual(widths(self.file), dict(zip((8, 16, 32), WIDTHS, strict=True)))

    def test_another_network_is_refused(self) -> None:
        model = onnx.load(str(self.file))
        for node in model.graph.node:
            node.input[:] = [name.replace("cls_preds", "other") for name in node.input]
        for value in model.graph.initializer:
            value.name = value.name.replace("cls_preds", "other")
        onnx.save(model, str(self.file))
        with self.assertRaisesRegex(ValueError, "expected head.cls_preds.0"):
            TeacherMaps(self.file)


class Nodes(unittest.TestCase):
    """The kinds of nodes that the small teacher lacks and YOLOX has, against ONNX Runtime."""

    def test_each(self) -> None:
        slicing = [("starts", [1, 0]), ("ends", [2**31 - 1, 4]), ("axes", [2, 3]), ("steps", [2, 1])]
        constants = [numpy_helper.from_array(np.array(values, np.int64), name) for name, values in slicing]
        scales = numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "scales")
        region = numpy_helper.from_array(np.zeros(0, np.float32), "roi")
        nearest = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        pool = {"kernel_shape": [5, 5], "strides": [1, 1], "pads": [2, 2, 2, 2]}
        cases = {
            "Slice": (helper.make_node("Slice", ["x", "starts", "ends", "axes", "steps"], ["y"]), constants),
            "Resize": (helper.make_node("Resize", ["x", "roi", "scales"], ["y"], **nearest), [region, scales]),
            "MaxPool": (helper.make_node("MaxPool", ["x"], ["y"], **pool), []),
            "Add": (helper.make_node("Add", ["x", "x"], ["y"]), []),
            "Concat": (helper.make_node("Concat", ["x", "x"], ["y"], axis=1), []),
        }
        x = np.random.default_rng(4).normal(size=(2, 3, 6, 8)).astype(np.float32)
        for name, (node, initial) in cases.items():
            ends = [helper.make_tensor_value_info(end, TensorProto.FLOAT, None) for end in ("x", "y")]
            graph = helper.make_graph([node], name, ends[:1], ends[1:], initial)
            model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8)
            session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
            with self.subTest(name):
                found = OnnxNetwork(graph)(torch.from_numpy(x))[0]
                np.testing.assert_array_equal(found.numpy(), session.run(None, {"x": x})[0])

    def test_others_are_refused(self) -> None:
        ends = [helper.make_tensor_value_info(end, TensorProto.FLOAT, None) for end in ("x", "y")]
        graph = helper.make_graph([helper.make_node("Tanh", ["x"], ["y"])], "tanh", ends[:1], ends[1:])
        with self.assertRaisesRegex(ValueError, "received Tanh"):
            OnnxNetwork(graph)


if __name__ == "__main__":
    unittest.main()
