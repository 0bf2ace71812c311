"""A picture store and a random generator -> what a training picture is to be: drawn by drawing.py or device_drawing.py."""

from dataclasses import dataclass

import numpy as np

from data.boxes import pairwise_iou
from data.picture_store import PictureStore
from data.targets import ROW
from pictures.placement import move_rows, window_of

PASTE_CHANCE = 0.15
PASTE_SCORE = 0.8  # INRIA's crops have approximate boxes
LARGEST_PASTE_OVERLAP = 0.3


@dataclass(frozen=True)
class Strength:
    """How far a training picture may be from a plain letterboxed one."""

    mosaic: float  # chance
    smallest_scale: float
    largest_scale: float


@dataclass(frozen=True)
class Placed:
    """A stored picture, scaled, its corner at (left, top) of the canvas, seen only inside `window` (x0, y0, x1, y1)."""

    number: int
    scale: float
    left: float
    top: float
    mirrored: bool
    window: tuple[int, int, int, int]


@dataclass(frozen=True)
class Pasted:
    """A crop with soft edges around `person` (x0, y0, x1, y1 in the crop)."""

    number: int
    person: np.ndarray
    scale: float
    left: int
    top: int
    mirrored: bool


@dataclass(frozen=True)
class Colours:
    """Factors of hue, saturation and value; or grey, as night cameras are."""

    grey: bool = False
    hue: float = 1.0
    saturation: float = 1.0
    value: float = 1.0
    blurred: bool = False


@dataclass(frozen=True)
class Plan:
    """A canvas of one `shade`, (size, size), what lies on it, and the rows to learn in its pixels."""

    size: int
    shade: int
    placed: tuple[Placed, ...]
    pasted: tuple[Pasted, ...]
    colours: Colours
    rows: np.ndarray


class Augmenter:
    def __init__(self, store: PictureStore, numbers: list[int], chances: np.ndarray, pastes: list[int]) -> None:
        self.store = store
        self.numbers = np.array(numbers)
        self.steps = chances.cumsum() / chances.sum()
        self.pastes = pastes

    def plan(self, rng: np.random.Generator, size: int, strength: Strength) -> Plan:
        # Black as the product pads; sometimes grey, so that borders are no sign of anything.
        shade = 0 if rng.random() < 0.75 else int(rng.integers(0, 200))
        whole = (0, 0, size, size)
        regions = quarters(rng, size) if rng.random() < strength.mosaic else [whole]
        placed, found = [], [np.zeros((0, ROW), np.float32)]
        for region in regions:
            layer, rows = self.place(rng, region, strength, region == whole)
            if layer is not None:
                placed.append(layer)
                found.append(rows)
        rows, pasted = np.concatenate(found), ()
        if self.pastes and rng.random() < PASTE_CHANCE:
            pasted, rows = self.paste_persons(rng, size, rows)
        return Plan(size, shade, tuple(placed), pasted, random_colours(rng), rows)

    def place(
        self, rng: np.random.Generator, region: tuple[int, int, int, int], strength: Strength, whole: bool
    ) -> tuple[Placed | None, np.ndarray]:
        """Between flush left and flush right of the region, whether the picture is smaller or larger than it."""
        number = int(self.numbers[min(np.searchsorted(self.steps, rng.random()), len(self.numbers) - 1)])
        height, width = self.store.size(number)
        x0, y0, x1, y1 = region
        if whole:
            scale = random_scale(rng, strength) * x1 / max(height, width)
        else:  # at 1 the picture just covers its quarter
            cover = max((x1 - x0) / width, (y1 - y0) / height)
            scale = cover * float(np.clip(random_scale(rng, strength), 0.8, 2.2))
        left = x0 + rng.random() * (x1 - x0 - width * scale)
        top = y0 + rng.random() * (y1 - y0 - height * scale)
        mirrored = bool(rng.random() < 0.5)
        window = window_of((height, width), region, scale, left, top)
        if window is None:
            return None, np.zeros((0, ROW), np.float32)
        rows = move_rows(self.store.rows(number), width, scale, left, top, mirrored, window)
        return Placed(number, scale, left, top, mirrored, window), rows

    def paste_persons(
        self, rng: np.random.Generator, size: int, rows: np.ndarray
    ) -> tuple[tuple[Pasted, ...], np.ndarray]:
        pasted = []
        for _ in range(int(rng.integers(1, 4))):
            number = self.pastes[int(rng.integers(len(self.pastes)))]
            person = self.store.rows(number)[0, :4]
            scale = float(np.exp(rng.uniform(np.log(20), np.log(0.6 * size)))) / float(person[3] - person[1])
            shape = np.array(self.store.size(number)[::-1]) * scale
            if (shape >= size).any() or (shape < 8).any():
                continue
            left, top = (int(rng.integers(0, int(size - side) + 1)) for side in shape)
            new = np.zeros((1, ROW), np.float32)
            new[0, :4] = person * scale + np.array([left, top, left, top])
            new[0, 4:7] = PASTE_SCORE, 1.0, 1.0
            if len(rows) and pairwise_iou(new[:, :4], rows[:, :4]).max() > LARGEST_PASTE_OVERLAP:
                continue
            pasted.append(Pasted(number, person, scale, left, top, bool(rng.random() < 0.5)))
            rows = np.concatenate([rows, new])
        return tuple(pasted), rows


def quarters(rng: np.random.Generator, size: int) -> list[tuple[int, int, int, int]]:
    """A mosaic: four regions around a random point."""
    cx, cy = (int(size * rng.uniform(0.3, 0.7)) for _ in range(2))
    return [(0, 0, cx, cy), (cx, 0, size, cy), (0, cy, cx, size), (cx, cy, size, size)]


def random_scale(rng: np.random.Generator, strength: Strength) -> float:
    """Log-uniform: halving is as likely as doubling."""
    return float(np.exp(rng.uniform(np.log(strength.smallest_scale), np.log(strength.largest_scale))))


def random_colours(rng: np.random.Generator) -> Colours:
    if rng.random() < 0.04:
        return Colours(grey=True)
    hue, saturation, value = 1 + rng.uniform(-1, 1, 3) * (0.015, 0.6, 0.4)
    return Colours(False, float(hue), float(saturation), float(value), bool(rng.random() < 0.05))
