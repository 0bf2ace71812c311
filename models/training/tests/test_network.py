"""Small cfgs -> what Darknet's layers give, and weights that survive the file."""

import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from darknet_weights import read_weights, write_weights
from network import DarknetNetwork, add_channels, maximum_over_depth

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

    def test_heads_of_another_form_are_refused(self) -> None:
        for options in ({"activation": "linear"}, {"new_coords": 0}):
            with self.subTest(options), self.assertRaisesRegex(ValueError, "expected new_coords=1"):
                network(**options)


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
            with self.subTest(name), self.assertRaisesRegex(ValueError, "expected .* numbers"):
                read_weights(network(), self.file)


if __name__ == "__main__":
    unittest.main()
