"""A network of five layers, three pictures and a small teacher -> whole runs, drawn here and on the device."""

import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from small_teacher import write_small_teacher

from data.picture_store import StoreWriter
from network.darknet_weights import read_weights
from network.network import DarknetNetwork
from options import parse_options
from run.workers import Workers
from train import DECAY_SPEED, Trainer

CONVOLUTION = "[convolutional]\nbatch_normalize=1\nfilters={filters}\nsize=3\nstride={stride}\npad=1\nactivation=relu\n"
HEAD = (
    "[convolutional]\nfilters=11\nsize=1\nactivation=logistic\n"
    "[yolo]\nmask=0\nanchors=30,40\nclasses=6\nscale_x_y=2\nnew_coords=1\n"
)
CFG = (
    "[net]\nchannels=3\n"
    + CONVOLUTION.format(filters=4, stride=8)
    + HEAD
    + "[route]\nlayers=-3\n"
    + CONVOLUTION.format(filters=5, stride=2)
    + HEAD
    + "[route]\nlayers=-3\n"
    + CONVOLUTION.format(filters=6, stride=2)
    + HEAD
)


class Runs(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "net.cfg").write_text(CFG)
        write_small_teacher(self.folder / "teacher.onnx")
        writer, rng = StoreWriter(self.folder / "store"), np.random.default_rng(1)
        row = np.array([[10, 10, 60, 80, 1, 1, 1, 0, 0, 0, 0, 0]], np.float32)
        for use in ("train", "train", "test"):
            writer.add("set", f"{use}.jpg", rng.integers(0, 256, (100, 120, 3), dtype=np.uint8), row, use)
        writer.close({"set": "none"})

    def trainer(self, out: str, *more: str) -> Trainer:
        common = [
            "--device",
            "cpu",
            "--no-compile",
            "--smoke",
            "--batch",
            "2",
            "--precision",
            "float32",
            "--threads",
            "1",
        ]
        paths = ["--cfg", "net.cfg", "--store", "store", "--teacher", "teacher.onnx", "--out", out]
        arguments = [str(self.folder / part) if part in (*paths[1::2],) else part for part in paths]
        with patch.object(sys, "argv", ["train.py", *arguments, *common, *more]):
            options = parse_options("")
        options.out.mkdir(exist_ok=True)
        return Trainer(options, Workers())

    def run_to_end(self, trainer: Trainer) -> list[dict]:
        trainer.run()
        return [json.loads(line) for line in (trainer.out / "log.jsonl").read_text().splitlines()]

    def test_both_ways_of_drawing(self) -> None:
        for draw in ("cpu", "device"):
            with self.subTest(draw), patch("train.SPEAK_EVERY", 0):
                trainer = self.trainer(draw, "--draw", draw, "--samples", "6", "--makers", "2")
                log = self.run_to_end(trainer)
                self.assertEqual([entry["seen"] for entry in log], [2, 4, 6, 6])
                # Teacher and network agree on nothing yet: correlations of about 0, weight 3, three heads.
                self.assertTrue(all(6 < entry["features"] < 12 for entry in log[:3]), log)
                self.assertIn("person", log[3]["ap50"])

    def test_goes_on_and_exports_no_projection(self) -> None:
        self.run_to_end(self.trainer("run", "--samples", "4"))
        again = self.trainer("run", "--samples", "8")
        self.assertEqual((again.progress.seen, again.progress.step), (4, 2))
        self.run_to_end(again)
        self.assertEqual(again.progress.seen, 8)
        for name in ("last.weights", "last.weights16"):
            exported = DarknetNetwork(CFG)
            read_weights(exported, again.out / name)
            for mine, theirs in zip(exported.parameters(), again.average.network.parameters(), strict=True):
                torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-4)

    def test_starts_from_weights(self) -> None:
        first = self.trainer("first", "--samples", "4")
        self.run_to_end(first)
        second = self.trainer("second", "--init", str(first.out / "last.weights"))
        for mine, theirs in zip(second.student.network.parameters(), first.average.network.parameters(), strict=True):
            torch.testing.assert_close(mine, theirs)
        self.assertEqual((second.progress.seen, second.progress.rate), (0, 1e-3))

    def test_trained_weights_wait_for_the_projections(self) -> None:
        first = self.trainer("first", "--samples", "2")
        self.run_to_end(first)
        second = self.trainer("second", "--samples", "6", "--init", str(first.out / "last.weights"))
        second.held_until = 4
        network, projections = second.student.network, second.student.projections
        changed: list[tuple[bool, bool]] = []
        step = second.step

        def watched(batch) -> bool:
            before = [[value.clone() for value in part.parameters()] for part in (network, projections)]
            stops = step(batch)
            changed.append(
                tuple(
                    any(not torch.equal(old, new) for old, new in zip(values, part.parameters(), strict=True))
                    for values, part in zip(before, (network, projections), strict=True)
                )
            )
            return stops

        with patch.object(second, "step", watched):
            self.run_to_end(second)
        self.assertEqual(changed, [(False, True), (False, True), (True, True)])

    def test_a_decay_goes_down_from_the_rate_of_its_run(self) -> None:
        first = self.trainer("first", "--samples", "4", "--rate", "5e-4")
        self.run_to_end(first)
        decay = self.trainer("decay", "--samples", "4", "--decay-from", str(first.out / "last.pt"))
        self.assertEqual((decay.progress.seen, decay.end(), decay.progress.rate), (4, 8, 5e-4))
        self.run_to_end(decay)
        self.assertEqual(self.trainer("decay", "--samples", "4").progress.rate, 5e-4)
        other = self.trainer("other", "--rate", "1e-4", "--decay-from", str(first.out / "last.pt"))
        self.assertEqual(other.progress.rate, 1e-4)

    def test_minutes_end_in_a_decay(self) -> None:
        trainer = self.trainer("timed", "--minutes", "10")
        trainer.progress.seen, trainer.speed = 100, 20.0
        with patch.object(trainer, "minutes_left", lambda: 3.0):
            self.assertTrue(trainer.train_until_change())  # less than 40 % are left
            seen = trainer.progress.seen
            trainer.speed = 20.0
            trainer.begin_decay()
        self.assertEqual(seen, 102)
        self.assertEqual(trainer.end(), seen + int(20 * DECAY_SPEED * 180))
        self.assertEqual(trainer.schedule.decayed(seen + int(10 * DECAY_SPEED * 180)), 0.5)
        with patch.object(trainer, "minutes_left", lambda: -1.0):
            self.assertFalse(trainer.train_until_change())  # the time is over
        self.assertLess(trainer.progress.seen, trainer.end())


if __name__ == "__main__":
    unittest.main()
