"""Detections -> the AP worked out by hand; pictures seen -> rate and size; seed and step -> the same batch."""

import tempfile
import unittest
from pathlib import Path

import numpy as np

from agreement import count_error, found_in
from data.near_duplicates import hashes_of, nearest_distance
from data.picture_store import StoreWriter
from data.targets import ROW
from measure.average_precision import Found, Truth, average_precision, best_score
from measure.second_labels import doubly_labelled
from pictures.augment import Strength
from pictures.batches import BatchMaker, Recipe
from pictures.placement import move_rows
from pictures.schedule import Schedule

TRUE = np.array([[0.0, 0, 10, 10], [20, 20, 30, 30]])
KINDS = np.zeros(2, int)
TRUTH = Truth(TRUE, KINDS, np.zeros(2, bool))
MISS = [50.0, 50, 60, 60]


def found(boxes) -> Found:
    """Of class 0, with scores that fall from 0.9 to 0.1."""
    return Found(np.array(boxes).reshape(-1, 4), np.linspace(0.9, 0.1, len(boxes)), np.zeros(len(boxes), int))


class AveragePrecision(unittest.TestCase):
    def test_values(self) -> None:
        """Recall 1/2 covers 51 of the 101 points (0 to 0.50)."""
        cases = {
            "both": ([TRUE[0], TRUE[1]], 1.0),
            "one": ([TRUE[0]], 51 / 101),
            "a miss first": ([MISS, TRUE[0], TRUE[1]], 2 / 3),
            "a miss between: precision 1, then 2/3": ([TRUE[0], MISS, TRUE[1]], (51 + 50 * 2 / 3) / 101),
            "the second hit of one object is a miss": ([TRUE[0], TRUE[0]], 51 / 101),
            "overlap of 0.45": ([[0.0, 0, 10, 4.5]], 0.0),
            "nothing": ([], 0.0),
        }
        for name, (boxes, expected) in cases.items():
            with self.subTest(name):
                self.assertAlmostEqual(average_precision([found(boxes)], [TRUTH], (0,)), expected)

    def test_no_truth(self) -> None:
        self.assertTrue(np.isnan(average_precision([found(TRUE)], [TRUTH], (1,))))

    def test_regions_to_ignore(self) -> None:
        """The second true box is a region now; what lies in it is neither right nor wrong."""
        truth = Truth(TRUE, KINDS, np.array([False, True]))
        cases = {
            "one object": ([TRUE[0]], 1.0),
            "first one in the region": ([[21.0, 21, 23, 29], TRUE[0]], 1.0),
            "60 % of it in the region": ([[26.0, 20, 32, 30], TRUE[0]], 1.0),
            "40 % of it: a miss": ([[28.0, 20, 33, 30], TRUE[0]], 1 / 2),
        }
        for name, (boxes, expected) in cases.items():
            with self.subTest(name):
                self.assertAlmostEqual(average_precision([found(boxes)], [truth], (0,)), expected)

    def test_best_score(self) -> None:
        """Scores fall from 0.9 to 0.1; F1 is 2 hits / (said + true)."""
        cases = {
            "both": ([TRUE[0], TRUE[1]], (0.1, 1.0, 1.0, 1.0)),
            "one and a miss: 2 / (1 + 2)": ([TRUE[0], MISS], (0.9, 2 / 3, 1.0, 0.5)),
            "a miss between: 4 / (3 + 2)": ([TRUE[0], MISS, TRUE[1]], (0.1, 0.8, 2 / 3, 1.0)),
            "misses only": ([MISS], (0.0, 0.0, 0.0, 0.0)),
        }
        for name, (boxes, expected) in cases.items():
            with self.subTest(name):
                np.testing.assert_allclose(best_score([found(boxes)], [TRUTH], (0,)), expected)


class DoubleLabels(unittest.TestCase):
    def test_count(self) -> None:
        boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [0, 0, 10, 8], [50, 50, 60, 60]], float)
        car, truck, person = 2, 5, 0
        cases = {
            "a van that is car and truck": ([car, truck, car, car], 0.3, 1 + 1),
            "the second one is too weak": ([car, truck, car, car], 0.75, 0),
            "a person in a car": ([car, person, person, car], 0.3, 0),
            "twice the same label is another fault": ([car, car, car, car], 0.3, 0),
        }
        for name, (kinds, least, expected) in cases.items():
            with self.subTest(name):
                found = Found(boxes, np.array([0.8, 0.7, 0.6, 0.9]), np.array(kinds))
                self.assertEqual(doubly_labelled(found, least), expected)


class Counts(unittest.TestCase):
    def test_error(self) -> None:
        """Frame 0: two persons of 0.3 or more where three are; frame 2: one where one is; frame 1 was not counted."""
        scores = [[("person", 0.9), ("person", 0.3), ("person", 0.2), ("car", 0.9)], [], [("person", 0.5)]]
        lines = [{"detections": [{"label": label, "score": score} for label, score in frame]} for frame in scores]
        cases = {0.3: (1 + 0) / 2, 0.2: 0.0, 0.6: (2 + 1) / 2}
        for least, expected in cases.items():
            with self.subTest(least):
                self.assertEqual(count_error(lines, {"0": 3, "2": 1}, least), expected)
        self.assertTrue(np.isnan(count_error(lines, {}, 0.3)))


class Lines(unittest.TestCase):
    def test_second_labels_of_a_frame(self) -> None:
        boxes = [("car", [0, 0, 10, 10]), ("dog", [0, 0, 10, 10]), ("truck", [0, 0, 10, 9]), ("truck", [50, 0, 60, 9])]
        line = {"detections": [{"label": label, "score": 0.8, "box": box} for label, box in boxes]}
        self.assertEqual(doubly_labelled(found_in(line), 0.3), 1)
        self.assertEqual(doubly_labelled(found_in({"detections": []}), 0.3), 0)


class Schedules(unittest.TestCase):
    def test_rate(self) -> None:
        open_ended, decaying = Schedule(2e-3), Schedule(2e-3, 50_000, 10_000)
        cases = (
            (open_ended, 2_999, 1e-3),  # half of the warm-up
            (open_ended, 50_000, 2e-3),
            (open_ended, 400_000, 1e-3),  # inverse square root from 100,000
            (decaying, 50_000, 2e-3),
            (decaying, 55_000, 2e-3 * (0.01 + 0.99 / 2)),
            (decaying, 60_000, 2e-5),
        )
        for schedule, seen, expected in cases:
            with self.subTest(seen=seen, decay_from=schedule.decay_from):
                self.assertAlmostEqual(schedule.learning_rate(seen), expected)

    def test_sizes(self) -> None:
        schedule = Schedule(sizes=((100, (64,)), (200, (64, 96))))
        plain = Schedule(decay_from=100, decay_over=50)
        small = Schedule(native=320)
        self.assertEqual([small.size(50_000, chance) for chance in (0.0, 0.9)], [192, 288])
        self.assertEqual(small.strength(0, 160), Strength(0.5, 0.9, 2.5))
        self.assertEqual(plain.strength(100, 416), Strength(0.5, 0.45, 1.25))
        self.assertEqual(plain.strength(150, 208), Strength(0.0, 1.6, 2.2))
        self.assertEqual(
            [schedule.size(*at) for at in ((99, 0.9), (100, 0.4), (100, 0.6), (199, 1.0))], [64, 64, 96, 96]
        )


class Placement(unittest.TestCase):
    def test_rows_move_with_the_picture(self) -> None:
        row = np.zeros((1, ROW), np.float32)
        row[0, :5] = 10, 10, 30, 50, 1
        window = (0, 0, 64, 64)
        cases = {
            "scaled and shifted": ((2.0, -10.0, -20.0, False), [10, 0, 50, 64, 1]),
            "mirrored in a picture 100 wide": ((1.0, -50.0, 0.0, True), [20, 10, 40, 50, 1]),
            "a quarter of it in sight: a region to ignore": ((1.0, -25.0, 0.0, False), [0, 10, 5, 50, 0]),
        }
        for name, ((scale, left, top, mirrored), expected) in cases.items():
            with self.subTest(name):
                self.assertEqual(move_rows(row, 100, scale, left, top, mirrored, window)[0, :5].tolist(), expected)
        with self.subTest("out of sight"):
            self.assertEqual(len(move_rows(row, 100, 1.0, 70.0, 0.0, False, window)), 0)


class Pictures(unittest.TestCase):
    def setUp(self) -> None:
        self.pixels = np.random.default_rng(3).integers(0, 256, (90, 120, 3), np.uint8)

    def test_near_duplicates(self) -> None:
        tests = hashes_of(self.pixels)[:1]
        other = np.random.default_rng(4).integers(0, 256, (90, 120, 3), np.uint8)
        brighter = np.clip(self.pixels.astype(int) + 5, 0, 255).astype(np.uint8)
        self.assertLess(nearest_distance(hashes_of(brighter), tests), 8)
        self.assertLess(nearest_distance(hashes_of(self.pixels[:, ::-1]), tests), 8)
        self.assertGreater(nearest_distance(hashes_of(other), tests), 8)

    def test_a_batch_depends_on_seed_and_step_alone(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        writer = StoreWriter(folder)
        row = np.array([[10, 10, 60, 80, 1, 1, 1, 0, 0, 0, 0, 0]], np.float32)
        for name in ("one", "two"):
            writer.add(name, f"{name}.jpg", self.pixels, row, "train")
        writer.close({"one": "none", "two": "none"})
        first, again, other = (BatchMaker(Recipe(folder, Schedule(), seed, 2)) for seed in (1, 1, 2))
        first.make(6)
        np.testing.assert_array_equal(first.make(7).pictures, again.make(7).pictures)
        np.testing.assert_array_equal(first.make(7).targets, again.make(7).targets)
        self.assertFalse(np.array_equal(first.make(7).pictures, other.make(7).pictures))
        beside = BatchMaker(Recipe(folder, Schedule(sizes=((1e9, (64, 96)),)), 1, 2, workers=2))
        shapes = [beside.make(step).pictures.shape[1] for step in range(40)]
        self.assertEqual(shapes[0::2], shapes[1::2])
        self.assertEqual(set(shapes), {64, 96})
        self.assertFalse(np.array_equal(beside.make(8).targets, beside.make(9).targets))
        left = BatchMaker(Recipe(folder, Schedule(), 1, 2, frozenset({"one"}))).augmenter
        self.assertEqual(left.numbers.tolist(), [1])


if __name__ == "__main__":
    unittest.main()
