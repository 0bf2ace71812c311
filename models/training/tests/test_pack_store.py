"""A store -> one file -> a store of the same pictures, smaller, with their boxes."""

import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np

from data.picture_store import PictureStore, StoreWriter
from pack_store import pack, unpack


class Pack(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        writer, rng = StoreWriter(self.folder / "store"), np.random.default_rng(1)
        row = np.array([[40, 20, 120, 100, 1, 1, 0, 0, 1, 0, 0, 0]], np.float32)
        for number in range(12):
            coarse = rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)
            pixels = cv2.resize(coarse, (240, 160), interpolation=cv2.INTER_CUBIC)
            use = "test" if number == 0 else "train"
            writer.add("roads" if number < 9 else "yards", f"{number}.jpg", pixels, row[: number % 2 + 1], use)
        writer.close({"roads": "CC0", "yards": "none"})
        self.store = PictureStore(self.folder / "store")

    def test_there_and_back(self) -> None:
        counts = pack(self.store, self.folder / "pack", 1.0, 120, frozenset())
        self.assertEqual(dict(counts), {"roads": 8, "yards": 3})
        unpack(self.folder / "pack", self.folder / "again")
        again = PictureStore(self.folder / "again")
        self.assertEqual(again.licences, self.store.licences)
        self.assertEqual(len(again.numbers("test")), 1)
        before = {entry["file"]: number for number, entry in enumerate(self.store.entries)}
        for number, entry in enumerate(again.entries):
            there = before[entry["file"]]
            expected = cv2.resize(self.store.pixels(there), (120, 80), interpolation=cv2.INTER_AREA)
            difference = np.abs(again.pixels(number).astype(float) - expected).mean()
            self.assertLess(difference, 6.0)
            np.testing.assert_allclose(again.rows(number)[:, :4], self.store.rows(there)[:, :4] / 2)
            np.testing.assert_array_equal(again.rows(number)[:, 4:], self.store.rows(there)[:, 4:])

    def test_room(self) -> None:
        """Test pictures always; the rest by the sets' shares of 8 to 3."""
        whole = pack(self.store, self.folder / "pack", 1.0, 120, frozenset({"yards"}))
        self.assertEqual(dict(whole), {"roads": 8})
        size = int(np.load(self.folder / "pack")["sizes"].mean())
        part = pack(self.store, self.folder / "pack", 6.5 * size / 1e6, 120, frozenset())
        self.assertLess(sum(part.values()), 9)
        self.assertGreaterEqual(part["roads"], 2 * part["yards"])
        self.assertGreater(part["yards"], 0)


if __name__ == "__main__":
    unittest.main()
