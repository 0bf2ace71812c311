"""Hand boxes and the teacher's views -> the rows worked out by hand."""

import unittest

import numpy as np

from data.data_sets import ANY_VEHICLE
from data.targets import BICYCLE, CAR, MOTORCYCLE, PERSON, TRUCK, merge_views, rows_of

BOX = (10.0, 10.0, 30.0, 50.0)
FAR = (100.0, 100.0, 120.0, 140.0)


def chances(**scores: float) -> np.ndarray:
    names = ("person", "bicycle", "car", "motorcycle", "bus", "truck")
    return np.array([scores.get(name, 0.0) for name in names], np.float32)


def rows(hand: list, complete: set[int], *teacher: tuple[tuple, np.ndarray]) -> list[tuple]:
    """(score, class weight, class probabilities above 0) of every row."""
    boxes = np.array([box for box, _ in teacher], np.float32).reshape(-1, 4)
    probabilities = np.array([each for _, each in teacher], np.float32).reshape(-1, 6)
    found = rows_of(tuple(hand), frozenset(complete), boxes, probabilities)
    return [
        (round(float(row[4]), 3), float(row[5]), {int(k): round(float(row[6 + k]), 3) for k in np.nonzero(row[6:])[0]})
        for row in found
    ]


class Rows(unittest.TestCase):
    def test_rows(self) -> None:
        cases = {
            "a hand box replaces the teacher's": (
                ([(PERSON, BOX)], set(), (BOX, chances(person=0.6))),
                [(1.0, 1.0, {PERSON: 1.0})],
            ),
            "the teacher's soft score stays": (([], set(), (BOX, chances(person=0.6))), [(0.6, 1.0, {PERSON: 1.0})]),
            "one vehicle, one label: the runner-up counts as the fourth power of its share": (
                ([], set(), (BOX, chances(car=0.5, truck=0.25))),
                [(0.5, 1.0, {CAR: 1.0, TRUCK: 0.062})],
            ),
            "what is no vehicle keeps its share": (
                ([], set(), (BOX, chances(motorcycle=0.5, bicycle=0.25, car=0.125))),
                [(0.5, 1.0, {MOTORCYCLE: 1.0, BICYCLE: 0.5, CAR: 0.25})],
            ),
            "in doubt: a region to ignore": (([], set(), (BOX, chances(person=0.2))), [(0.0, 0.0, {})]),
            "hardly anything: background": (([], set(), (BOX, chances(person=0.05))), []),
            "a complete class is believed over a doubtful teacher": (
                ([(PERSON, FAR)], {PERSON}, (BOX, chances(person=0.5))),
                [(1.0, 1.0, {PERSON: 1.0}), (0.0, 0.0, {})],
            ),
            "and not over a sure one": (
                ([], {PERSON}, (BOX, chances(person=0.7))),
                [(0.7, 1.0, {PERSON: 1.0})],
            ),
            "a vehicle of no kind takes the teacher's kinds": (
                ([(ANY_VEHICLE, BOX)], set(), (BOX, chances(car=0.2, truck=0.4))),
                [(1.0, 1.0, {CAR: 0.062, TRUCK: 1.0})],
            ),
            "and without them trains no class": (([(ANY_VEHICLE, BOX)], set()), [(1.0, 0.0, {})]),
        }
        for name, (arguments, expected) in cases.items():
            with self.subTest(name):
                self.assertEqual(rows(*arguments), expected)


class Merge(unittest.TestCase):
    def test_views_of_one_object_become_one_box(self) -> None:
        boxes = np.array([[0, 0, 10, 20], [0, 0, 12, 20], [50, 50, 60, 70]], np.float32)
        probabilities = np.stack([chances(person=0.8), chances(person=0.4), chances(car=0.5)])
        merged, scores = merge_views(boxes, probabilities, np.array([0, 1, 0]))
        # Weights 0.64 and 0.16: x1 is 10.4 and the score 0.72; the car was seen in one view only: 0.5 * 0.9.
        np.testing.assert_allclose(merged, [[0, 0, 10.4, 20], [50, 50, 60, 70]], rtol=1e-5)
        np.testing.assert_allclose(scores, [chances(person=0.72), chances(car=0.45)], rtol=1e-5)


if __name__ == "__main__":
    unittest.main()
