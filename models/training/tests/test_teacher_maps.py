"""A small network with YOLOX's head -> its maps before the head, as ONNX Runtime computes them inside the whole."""

import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from small_teacher import SIZE, WIDTHS, write_small_teacher
from teacher_maps import TeacherMaps, widths


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

    def test_any_batch_and_size(self) -> None:
        found = TeacherMaps(self.file).look(np.zeros((3, 96, 96, 3), np.uint8))
        self.assertEqual([values.shape for values in found], [(3, 4, 12, 12), (3, 6, 6, 6), (3, 8, 3, 3)])
        self.assertEqual(widths(self.file), WIDTHS)

    def test_another_network_is_refused(self) -> None:
        model = onnx.load(str(self.file))
        for node in model.graph.node:
            node.input[:] = [name.replace("cls_preds", "other") for name in node.input]
        for value in model.graph.initializer:
            value.name = value.name.replace("cls_preds", "other")
        onnx.save(model, str(self.file))
        with self.assertRaisesRegex(ValueError, "expected head.cls_preds.0"):
            TeacherMaps(self.file)


if __name__ == "__main__":
    unittest.main()
