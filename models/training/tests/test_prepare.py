"""Two pictures of a camera that is held out, one of another -> a store with the other only."""

import json
import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np

from data.data_sets import read_data_set, read_held_out
from data.picture_store import PictureStore, StoreWriter
from prepare import HELD_OUT, add_set

FILES = ("a.png", "b.png", "c.png")


class HeldOut(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        images = self.folder / "cameras" / "images"
        images.mkdir(parents=True)
        rng = np.random.default_rng(1)
        for file in FILES:
            cv2.imwrite(str(images / file), rng.integers(0, 256, (24, 32, 3), dtype=np.uint8))
        entries = [{"id": n, "file_name": file, "width": 32, "height": 24} for n, file in enumerate(FILES)]
        document = {"info": {}, "images": entries, "categories": [], "annotations": []}
        (self.folder / "cameras" / "annotations.json").write_text(json.dumps(document))
        nothing = {
            "boxes": np.zeros((0, 4)),
            "probabilities": np.zeros((0, 6)),
            "view": np.zeros(0),
            "picture": np.zeros(0),
        }
        np.savez(self.folder / "cameras.npz", files=np.array(FILES), **nothing)

    def test_held_out_pictures_are_not_in_the_store(self) -> None:
        writer = StoreWriter(self.folder / "store")
        data_set = read_data_set(self.folder / "cameras")
        counts = add_set(writer, data_set, self.folder, np.zeros((0, 64), bool), frozenset({"a.png", "c.png"}))
        writer.close({})
        self.assertEqual(dict(counts), {"held out": 2, "train": 1})
        self.assertEqual([entry["file"] for entry in PictureStore(self.folder / "store").entries], ["b.png"])

    def test_pictures_of_the_second_validation_set_are_held_out(self) -> None:
        document, held_out = json.loads(HELD_OUT.read_text()), read_held_out(HELD_OUT)
        names = [name.split("/") for name in document["pictures"]]
        self.assertGreater(len(names), 50)
        self.assertEqual([name for name in names if name[1] not in held_out[name[0]]], [])


if __name__ == "__main__":
    unittest.main()
