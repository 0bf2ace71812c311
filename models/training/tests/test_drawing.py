"""Plans -> the same pictures from OpenCV and from the device's way of drawing, and where a known pixel ends up."""

import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np
import torch

from data.picture_store import PictureStore, StoreWriter
from data.targets import ROW
from pictures.augment import Augmenter, Colours, Placed, Plan, Strength
from pictures.device_drawing import DeviceDrawing, level_of, recolour
from pictures.drawing import draw

NO_ROWS = np.zeros((0, ROW), np.float32)
SHAPES = ((90, 120), (121, 75), (100, 100))


def smooth_picture(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Without fine detail, of which two ways to shrink make different things."""
    coarse = rng.integers(0, 256, (5, 6, 3), dtype=np.uint8)
    return cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)


class Drawing(unittest.TestCase):
    def setUp(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        writer, rng = StoreWriter(folder), np.random.default_rng(3)
        for number, shape in enumerate(SHAPES):
            row = np.array([[10, 10, 60, 70, 1, 1, 1, 0, 0, 0, 0, 0]], np.float32)
            writer.add("set", f"{number}.jpg", smooth_picture(rng, shape), row, "train")
        writer.close({"set": "none"})
        self.store = PictureStore(folder)
        self.device = DeviceDrawing(self.store, [0, 1, 2], torch.device("cpu"))

    def test_both_ways_give_the_same(self) -> None:
        augmenter = Augmenter(self.store, [0, 1, 2], np.ones(3), [])
        for name, strength in {"single": Strength(0.0, 0.4, 1.6), "mosaic": Strength(1.0, 0.4, 1.6)}.items():
            plans = [augmenter.plan(np.random.default_rng((7, number)), 96, strength) for number in range(24)]
            expected = np.stack([draw(plan, self.store) for plan in plans])
            found = self.device.draw(plans).permute(0, 2, 3, 1).numpy()
            error = np.abs(found - expected).mean((1, 2, 3))
            with self.subTest(name):
                self.assertLess(float(error.max()), 3.0)
                self.assertGreater(float(expected.std()), 40.0)

    def test_a_pixel_lands_where_its_box_does(self) -> None:
        """Picture 0 at half size, mirrored, with its corner at (8, 4): column c of 120 goes to 8 + (119.5 - c) / 2."""
        plan = Plan(96, 0, (Placed(0, 0.5, 8.0, 4.0, True, (8, 4, 68, 49)),), (), Colours(), NO_ROWS)
        picture = self.store.pixels(0).astype(np.float32)
        expected = picture[10:12, 30:32].mean((0, 1))  # the centre of these four is (31, 11)
        for name, canvas in {
            "opencv": draw(plan, self.store).astype(np.float32),
            "device": self.device.draw([plan])[0].permute(1, 2, 0).numpy(),
        }.items():
            with self.subTest(name):
                np.testing.assert_allclose(canvas[9, 8 + 44], expected, atol=3)
                self.assertEqual(float(canvas[:4].max()), 0.0)
                self.assertEqual(float(canvas[:, 68:].max()), 0.0)

    def test_levels(self) -> None:
        cases = {2.0: 0, 0.7: 0, 0.5: 1, 0.31: 1, 0.29: 2, 0.05: 2}
        self.assertEqual({scale: level_of(scale) for scale in cases}, cases)


class Recolour(unittest.TestCase):
    def test_colours(self) -> None:
        # red, green and blue by hand: hue in sixths of the circle, value and saturation in shares.
        pixel = torch.tensor([200.0, 100.0, 50.0]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
        cases = {
            "nothing": (Colours(), (200, 100, 50)),
            "half as bright": (Colours(value=0.5), (100, 50, 25)),
            "brighter than white": (Colours(value=2.0), (255, 127.5, 63.75)),
            "half the saturation: 0.375, hue 1/3": (Colours(saturation=0.5), (200, 150, 125)),
            "three times the hue: yellow": (Colours(hue=3.0), (200, 200, 50)),
            "grey": (Colours(grey=True), (124.2, 124.2, 124.2)),
            "blurred: all the same": (Colours(blurred=True), (200, 100, 50)),
        }
        for name, (colours, expected) in cases.items():
            with self.subTest(name):
                found = recolour(pixel, [colours])[0, :, 2, 2]
                torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float32), atol=0.01, rtol=0)


if __name__ == "__main__":
    unittest.main()
