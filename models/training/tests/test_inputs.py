"""Every tool with a path that is not there -> one line that says which, before anything is started."""

import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

import agreement
import label
import options
import prepare
import second_validation
import validate

NO_NETWORK = Path(options.__file__).with_name("README.md")


class MissingInputs(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        store, data = self.folder / "store", self.folder / "data" / "some_set"
        store.mkdir()
        data.mkdir(parents=True)
        (store / "index.json").write_text("{}")
        (data / "annotations.json").write_text('{"info": {}, "images": [], "categories": [], "annotations": []}')

    def test_one_clear_error(self) -> None:
        # What the error names, the tool, its options; {} is the folder.
        cases = [
            ("--teacher", label.main, "--teacher {}/none --data {}/data --out {}/out"),
            ("--teacher", label.main, f"--teacher {NO_NETWORK} --data {{}}/data --out {{}}/out"),
            ("--data", label.main, f"--teacher {NO_NETWORK} --data {{}}/none --out {{}}/out"),
            ("--data", prepare.main, "--data {}/none --labels {} --out {}/out"),
            ("the labels of some_set", prepare.main, "--data {}/data --labels {}/none --out {}/out"),
            ("--held-out", prepare.main, "--data {}/data --labels {} --out {}/out --held-out {}/none"),
            ("--cfg", self.train, "--cfg {}/none --store {}/store --out {}/out"),
            ("--store", self.train, f"--cfg {NO_NETWORK} --store {{}} --out {{}}/out"),
            ("--init", self.train, f"--cfg {NO_NETWORK} --store {{}}/store --out {{}}/out --init {{}}/none"),
            (
                "--decay-from",
                self.train,
                f"--cfg {NO_NETWORK} --store {{}}/store --out {{}}/out --decay-from {{}}/none",
            ),
            ("--teacher", self.train, f"--cfg {NO_NETWORK} --store {{}}/store --out {{}}/out --teacher {{}}/none"),
            ("--teacher", agreement.main, "--teacher {}/none --clip {}/none --detections {}/none"),
            ("--annotations", validate.main, "--annotations {}/none --teacher {}/none"),
            ("--teacher", validate.main, f"--annotations {NO_NETWORK} --teacher {{}}/none"),
            ("--weights", validate.main, f"--annotations {NO_NETWORK} --cfg {NO_NETWORK} --weights {{}}/none"),
            ("--data", second_validation.main, "--data {}/none --out {}/out"),
        ]
        for named, tool, line in cases:
            arguments = [part.replace("{}", str(self.folder)) for part in line.split()]
            with (
                self.subTest(f"{tool.__module__} {named}"),
                patch.object(sys, "argv", ["tool", *arguments]),
                patch("multiprocessing.Pool", side_effect=AssertionError("workers were started")),
                self.assertRaises(SystemExit) as ended,
            ):
                tool()
            self.assertRegex(str(ended.exception.code), rf"^expected .* for {named}, received [^\n]*$")
            self.assertFalse((self.folder / "out").exists())

    def train(self) -> None:
        options.parse_options("")


if __name__ == "__main__":
    unittest.main()
