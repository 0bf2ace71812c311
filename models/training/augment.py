"""A picture store and a random generator -> one training picture (size, size, 3) RGB with its rows."""

from dataclasses import dataclass

import cv2
import numpy as np

from boxes import pairwise_iou
from picture_store import PictureStore
from placement import place
from targets import ROW

PASTE_CHANCE = 0.15
PASTE_SCORE = 0.8  # INRIA's crops have approximate boxes
LARGEST_PASTE_OVERLAP = 0.3


@dataclass(frozen=True)
class Strength:
    """How far a training picture may be from a plain letterboxed one."""

    mosaic: float  # chance
    smallest_scale: float
    largest_scale: float


class Augmenter:
    def __init__(self, store: PictureStore, numbers: list[int], chances: np.ndarray, pastes: list[int]) -> None:
        self.store = store
        self.numbers = np.array(numbers)
        self.steps = chances.cumsum() / chances.sum()
        self.pastes = pastes

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        number = int(self.numbers[min(np.searchsorted(self.steps, rng.random()), len(self.numbers) - 1)])
        return self.store.pixels(number), self.store.rows(number)

    def picture(self, rng: np.random.Generator, size: int, strength: Strength) -> tuple[np.ndarray, np.ndarray]:
        if rng.random() < strength.mosaic:
            canvas, rows = self.mosaic(rng, size, strength)
        else:
            canvas, rows = self.single(rng, size, strength)
        if self.pastes and rng.random() < PASTE_CHANCE:
            rows = self.paste_persons(rng, canvas, rows)
        return recolour(rng, canvas), rows

    def single(self, rng: np.random.Generator, size: int, strength: Strength) -> tuple[np.ndarray, np.ndarray]:
        pixels, rows = self.draw(rng)
        canvas = background(rng, size)
        height, width = pixels.shape[:2]
        scale = random_scale(rng, strength) * size / max(height, width)
        # Between flush left and flush right, whether the picture is smaller or larger than the canvas.
        left = rng.random() * (size - width * scale)
        top = rng.random() * (size - height * scale)
        return canvas, place(pixels, rows, canvas, scale, left, top, rng.random() < 0.5)

    def mosaic(self, rng: np.random.Generator, size: int, strength: Strength) -> tuple[np.ndarray, np.ndarray]:
        """Four pictures around a random point, each flush with it."""
        canvas = background(rng, size)
        cx, cy = (int(size * rng.uniform(0.3, 0.7)) for _ in range(2))
        found = []
        for right, below in ((0, 0), (1, 0), (0, 1), (1, 1)):
            pixels, rows = self.draw(rng)
            height, width = pixels.shape[:2]
            x0, x1 = (cx, size) if right else (0, cx)
            y0, y1 = (cy, size) if below else (0, cy)
            part = canvas[y0:y1, x0:x1]
            # At 1 the picture just covers its quarter.
            cover = max((x1 - x0) / width, (y1 - y0) / height)
            scale = cover * float(np.clip(random_scale(rng, strength), 0.8, 2.2))
            left = rng.random() * (x1 - x0 - width * scale)
            top = rng.random() * (y1 - y0 - height * scale)
            moved = place(pixels, rows, part, scale, left, top, rng.random() < 0.5)
            moved = moved.copy()
            moved[:, :4] += np.array([x0, y0, x0, y0], np.float32)
            found.append(moved)
        return canvas, np.concatenate(found)

    def paste_persons(self, rng: np.random.Generator, canvas: np.ndarray, rows: np.ndarray) -> np.ndarray:
        size = canvas.shape[0]
        for _ in range(int(rng.integers(1, 4))):
            number = self.pastes[int(rng.integers(len(self.pastes)))]
            crop, person = self.store.pixels(number), self.store.rows(number)[0]
            height = float(np.exp(rng.uniform(np.log(20), np.log(0.6 * size))))
            scale = height / (person[3] - person[1])
            shape = np.array(crop.shape[1::-1]) * scale
            if (shape >= size).any() or (shape < 8).any():
                continue
            left, top = (int(rng.integers(0, int(size - side) + 1)) for side in shape)
            new = np.zeros((1, ROW), np.float32)
            new[0, :4] = person[:4] * scale + np.array([left, top, left, top])
            new[0, 4:7] = PASTE_SCORE, 1.0, 1.0
            if len(rows) and pairwise_iou(new[:, :4], rows[:, :4]).max() > LARGEST_PASTE_OVERLAP:
                continue
            blend(canvas, crop, person[:4], scale, left, top, rng.random() < 0.5)
            rows = np.concatenate([rows, new])
        return rows


def blend(
    canvas: np.ndarray, crop: np.ndarray, person: np.ndarray, scale: float, left: int, top: int, mirrored: bool
) -> None:
    """Draw the crop with soft edges: solid inside the person's box, gone at the crop's border."""
    if mirrored:  # INRIA's boxes are centred, so the mirrored crop keeps its box
        crop = crop[:, ::-1]
    height, width = crop.shape[:2]
    shape = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(np.ascontiguousarray(crop), shape, interpolation=cv2.INTER_AREA).astype(np.float32)
    xs, ys = (np.arange(shape[0]) + 0.5) / scale, (np.arange(shape[1]) + 0.5) / scale
    across = np.interp(xs, [0, person[0], person[2], width], [0, 1, 1, 0])
    down = np.interp(ys, [0, person[1], person[3], height], [0, 1, 1, 0])
    alpha = (across[None] * down[:, None])[..., None]
    under = canvas[top : top + shape[1], left : left + shape[0]]
    alpha, small = alpha[: under.shape[0], : under.shape[1]], small[: under.shape[0], : under.shape[1]]
    under[:] = (small * alpha + under * (1 - alpha)).astype(np.uint8)


def random_scale(rng: np.random.Generator, strength: Strength) -> float:
    """Log-uniform: halving is as likely as doubling."""
    return float(np.exp(rng.uniform(np.log(strength.smallest_scale), np.log(strength.largest_scale))))


def background(rng: np.random.Generator, size: int) -> np.ndarray:
    """Black as the product pads; sometimes grey, so that borders are no sign of anything."""
    shade = 0 if rng.random() < 0.75 else int(rng.integers(0, 200))
    return np.full((size, size, 3), shade, np.uint8)


def recolour(rng: np.random.Generator, canvas: np.ndarray) -> np.ndarray:
    """Hue, saturation and value; at times grey (night cameras) or blurred."""
    if rng.random() < 0.04:
        grey = cv2.cvtColor(canvas, cv2.COLOR_RGB2GRAY)
        return cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
    hue, saturation, value = 1 + rng.uniform(-1, 1, 3) * (0.015, 0.6, 0.4)
    steps = np.arange(256)
    hsv = cv2.cvtColor(canvas, cv2.COLOR_RGB2HSV)
    tables = np.stack([steps * hue % 180, np.clip(steps * saturation, 0, 255), np.clip(steps * value, 0, 255)], 1)
    hsv = cv2.LUT(hsv, tables[None].astype(np.uint8))
    canvas = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    if rng.random() < 0.05:
        canvas = cv2.blur(canvas, (3, 3))
    return canvas
