"""A picture and its rows -> placed on a square canvas at some scale and offset, rows moved along."""

import cv2
import numpy as np

SMALLEST_SIDE = 3.0  # input pixels; what is smaller is not to be learned
VISIBLE_SHARE = 0.35  # of a box, below which its cut-off rest becomes a region to ignore


def place(
    pixels: np.ndarray, rows: np.ndarray, canvas: np.ndarray, scale: float, left: float, top: float, mirrored: bool
) -> np.ndarray:
    """Draw `pixels` scaled with its corner at (left, top) of `canvas`; return the rows in canvas pixels."""
    size_y, size_x = canvas.shape[:2]
    height, width = pixels.shape[:2]
    x0, y0 = max(0, round(left)), max(0, round(top))
    x1, y1 = min(size_x, round(left + width * scale)), min(size_y, round(top + height * scale))
    if x1 <= x0 or y1 <= y0:
        return rows[:0]
    if mirrored:
        pixels = pixels[:, ::-1]
    matrix = np.array([[scale, 0, left - x0], [0, scale, top - y0]], np.float32)
    # Half-pixel centres, as cv2.resize and the product's letterbox have them.
    matrix[:, 2] += (scale - 1) / 2
    smooth = cv2.INTER_LINEAR
    if scale < 0.6:
        pixels, matrix, smooth = shrink_first(pixels, scale, left - x0, top - y0)
    part = cv2.warpAffine(
        np.ascontiguousarray(pixels), matrix, (x1 - x0, y1 - y0), flags=smooth, borderMode=cv2.BORDER_REPLICATE
    )
    canvas[y0:y1, x0:x1] = part
    return move_rows(rows, width, scale, left, top, mirrored, (x0, y0, x1, y1))


def shrink_first(pixels: np.ndarray, scale: float, left: float, top: float) -> tuple[np.ndarray, np.ndarray, int]:
    """Averaging first: sampling four pixels of a much larger picture would alias."""
    height, width = pixels.shape[:2]
    small = cv2.resize(
        pixels, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    return small, np.array([[1, 0, left], [0, 1, top]], np.float32), cv2.INTER_LINEAR


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
