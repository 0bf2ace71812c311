"""A picture's size, scale and place on a canvas -> what is seen of it, and its rows moved along."""

import cv2
import numpy as np

SMALLEST_SIDE = 3.0  # input pixels; what is smaller is not to be learned
VISIBLE_SHARE = 0.35  # of a box, below which its cut-off rest becomes a region to ignore


def window_of(
    shape: tuple[int, int], region: tuple[int, int, int, int], scale: float, left: float, top: float
) -> tuple[int, int, int, int] | None:
    """What a picture of `shape` (height, width), scaled and moved, covers of `region`, in whole pixels."""
    height, width = shape
    x0, y0 = max(region[0], round(left)), max(region[1], round(top))
    x1, y1 = min(region[2], round(left + width * scale)), min(region[3], round(top + height * scale))
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None


def move_rows(
    rows: np.ndarray,
    width: int,
    scale: float,
    left: float,
    top: float,
    mirrored: bool,
    window: tuple[int, int, int, int],
) -> np.ndarray:
    """Scale, mirror, shift and clip; boxes mostly outside `window` become regions to ignore."""
    if len(rows) == 0:
        return rows
    moved = rows.copy()
    if mirrored:
        moved[:, [0, 2]] = width - moved[:, [2, 0]]
    moved[:, :4] = moved[:, :4] * scale + np.array([left, top, left, top], np.float32)
    full = (moved[:, 2:4] - moved[:, :2]).prod(1)
    x0, y0, x1, y1 = window
    moved[:, :4] = np.clip(moved[:, :4], [x0, y0, x0, y0], [x1, y1, x1, y1])
    sides = moved[:, 2:4] - moved[:, :2]
    moved[sides.prod(1) < VISIBLE_SHARE * full, 4] = 0.0
    return moved[sides.min(1) >= SMALLEST_SIDE]


def letterbox(pixels: np.ndarray, size: int) -> tuple[np.ndarray, float, float, float]:
    """Centred on black as the product does it: canvas (size, size, 3), scale, left, top."""
    height, width = pixels.shape[:2]
    scale = min(size / width, size / height)
    inner_width, inner_height = round(width * scale), round(height * scale)
    left, top = (size - inner_width) // 2, (size - inner_height) // 2
    canvas = np.zeros((size, size, 3), np.uint8)
    shape = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas[top : top + inner_height, left : left + inner_width] = cv2.resize(
        pixels, (inner_width, inner_height), interpolation=shape
    )
    return canvas, scale, left, top
