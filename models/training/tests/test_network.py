"""Small cfgs -> what Darknet's layers give, and weights that survive the file."""

import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from network.darknet_weights import read_weights, write_half_weights, write_weights
from network.network import DarknetNetwork, add_channels, maximum_over_depth
from network.student import Student, parameter_groups

CFG = """
[net]
width=32
height=32
channels=3
[convolutional]
batch_normalize=1
filters=4
size=3
stride=2
pad=1
activation=relu
[convolutional]
filters=7
size=1
activation={activation}
[yolo]
mask=1
anchors=4,5, 16,16
classes=2
scale_x_y=2
new_coords={new_coords}
"""


def network(activation: str = "logistic", new_coords: int = 1) -> DarknetNetwork:
    return DarknetNetwork(CFG.format(activation=activation, new_coords=new_coords))


class Layers(unittest.TestCase):
    def test_maxout_takes_every_nth_channel(self) -> None:
        x = torch.tensor([1.0, 5, 4, 2]).view(1, 4, 1, 1)
        self.assertEqual(maximum_over_depth(x, 2).flatten().tolist(), [4.0, 5.0])

    def test_shortcut_adds_the_channels_both_have(self) -> None:
        wide, narrow = torch.ones(1, 3, 1, 1), torch.full((1, 2, 1, 1), 4.0)
        self.assertEqual(add_channels(wide, [narrow]).flatten().tolist(), [5.0, 5.0, 1.0])
        self.assertEqual(add_channels(narrow, [wide]).flatten().tolist(), [5.0, 5.0])

    def test_head(self) -> None:
        head = network().heads[0]
        self.assertEqual((head.anchors, head.classes, head.stride, head.scale_x_y), (((16.0, 16.0),), 2, 2, 2.0))

    def test_features_are_what_the_last_convolution_reads(self) -> None:
        small = network().eval()
        maps, features = small.maps_and_features(torch.rand(1, 3, 32, 32))
        self.assertEqual([tuple(values.shape) for values in features], [(1, 4, 16, 16)])
        torch.testing.assert_close(small.layers[1](features[0]), maps[0])

    def test_heads_of_another_form_are_refused(self) -> None:
        for options in ({"activation": "linear"}, {"new_coords": 0}):
            with self.subTest(options), self.assertRaisesRegex(ValueError, "expected new_coords=1"):
                network(**options)


class WithTeacher(unittest.TestCase):
    def test_projections_are_trained_but_not_exported(self) -> None:
        small, folder = network(), Path(self.enterContext(tempfile.TemporaryDirectory()))
        student = Student(small, {1: 5, 2: 9, 4: 7})  # the only head has a stride of 2
        maps, features = student.eval()(torch.rand(1, 3, 32, 32))
        self.assertEqual([tuple(values.shape) for values in features], [(1, 9, 16, 16)])
        self.assertEqual(student.chosen(["fine", "middle", "coarse"]), ["middle"])
        with self.assertRaisesRegex(ValueError, "expected heads of strides"):
            Student(small, {8: 9})
        groups = parameter_groups(student, 0.02)
        told = [(group["of_network"], group["weight_decay"]) for group in groups]
        self.assertEqual(told, [(True, 0.02), (True, 0.0), (False, 0.02), (False, 0.0)])
        self.assertEqual([tuple(value.shape) for value in groups[2]["params"]], [(9, 4, 1, 1)])
        count = sum(len(group["params"]) for group in groups)
        self.assertEqual(count, len(list(student.parameters())))
        write_weights(small, folder / "alone.weights")
        self.assertEqual((folder / "alone.weights").stat().st_size, 20 + 4 * (4 * 4 + 4 * 3 * 9 + 7 + 7 * 4))
        self.assertEqual(Student(small)(torch.rand(2, 3, 32, 32))[1], [])


class Weights(unittest.TestCase):
    def setUp(self) -> None:
        torch.manual_seed(1)
        self.network = network().eval()
        norm = self.network.layers[0].norm
        for values in (norm.weight.data, norm.bias.data, norm.running_mean, norm.running_var):
            values.uniform_(0.5, 1.5)
        self.file = Path(self.enterContext(tempfile.TemporaryDirectory())) / "small.weights"
        write_weights(self.network, self.file, 1234)

    def test_come_back(self) -> None:
        other, x = network().eval(), torch.rand(1, 3, 32, 32)
        self.assertEqual(read_weights(other, self.file), 1234)
        torch.testing.assert_close(other(x)[0], self.network(x)[0])

    def test_kernels_in_16_bits(self) -> None:
        """Packed here by hand: the magic, then beta, gamma, mean, variance in 32 bits and the kernel in 16."""
        first, last = self.network.layers[0], self.network.layers[1]
        parts = [b"CSP16\0\0\0"]
        for values in (
            first.norm.bias,
            first.norm.weight,
            first.norm.running_mean,
            first.norm.running_var + 1e-3 - 1e-5,
        ):
            parts.append(values.detach().numpy().astype("<f4").tobytes())
        parts.append(first.conv.weight.detach().numpy().astype("<f2").tobytes())
        parts.append(last.conv.bias.detach().numpy().astype("<f4").tobytes())
        parts.append(last.conv.weight.detach().numpy().astype("<f2").tobytes())
        other, x = network().eval(), torch.rand(1, 3, 32, 32)
        write_half_weights(self.network, self.file)
        self.assertEqual(self.file.read_bytes(), b"".join(parts))
        for name, data in {"whole": b"".join(parts), "cut": b"".join(parts)[:-2]}.items():
            self.file.write_bytes(data)
            with self.subTest(name):
                if name == "cut":
                    self.assertRaisesRegex(ValueError, "expected .* bytes", read_weights, other, self.file)
                else:
                    self.assertEqual(read_weights(other, self.file), 0)
                    torch.testing.assert_close(other(x)[0], self.network(x)[0], rtol=5e-3, atol=5e-3)
                    torch.testing.assert_close(other.layers[0].norm.running_var, first.norm.running_var)

    def test_layout_and_epsilon(self) -> None:
        data = self.file.read_bytes()
        self.assertEqual(np.frombuffer(data, np.int32, 3).tolist(), [0, 2, 5])
        values = np.frombuffer(data, np.float32, offset=20)
        norm = self.network.layers[0].norm
        self.assertEqual(len(values), 4 * 4 + 4 * 3 * 9 + 7 + 7 * 4)
        np.testing.assert_array_equal(values[:8], torch.cat([norm.bias, norm.weight]).detach().numpy())
        # Darknet adds 1e-5 where training added 1e-3.
        np.testing.assert_allclose(values[12:16] + 1e-5, norm.running_var.numpy() + 1e-3, rtol=1e-6)

    def test_wrong_length_is_refused(self) -> None:
        data = self.file.read_bytes()
        for name, part in {"cut": data[:-4], "overlong": data + bytes(4)}.items():
            self.file.write_bytes(part)
            with self.subTest(name), self.assertRaisesRegex(ValueError, "expected .* bytes"):
                read_weights(network(), self.file)


if __name__ == "__main__":
    unittest.main()
