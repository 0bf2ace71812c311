"""A plan and the picture store -> the training picture (size, size, 3) uint8 RGB, by OpenCV."""

import cv2
import numpy as np

from data.picture_store import PictureStore
from pictures.augment import Colours, Pasted, Placed, Plan


def draw(plan: Plan, store: PictureStore) -> np.ndarray:
    canvas = np.full((plan.size, plan.size, 3), plan.shade, np.uint8)
    for layer in plan.placed:
        x0, y0, x1, y1 = layer.window
        canvas[y0:y1, x0:x1] = seen_part(store.pixels(layer.number), layer)
    for layer in plan.pasted:
        blend(canvas, store.pixels(layer.number), layer)
    return recolour(canvas, plan.colours)


def seen_part(pixels: np.ndarray, layer: Placed) -> np.ndarray:
    """What `layer.window` shows of the scaled picture."""
    x0, y0, x1, y1 = layer.window
    scale, left, top = layer.scale, layer.left - x0, layer.top - y0
    if layer.mirrored:
        pixels = pixels[:, ::-1]
    if scale < 0.6:  # averaging first: sampling four pixels of a much larger picture would alias
        height, width = pixels.shape[:2]
        shape = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels, scale = cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA), 1.0
    # Half-pixel centres, as cv2.resize and the product's letterbox have them.
    matrix = np.array([[scale, 0, left + (scale - 1) / 2], [0, scale, top + (scale - 1) / 2]], np.float32)
    return cv2.warpAffine(
        np.ascontiguousarray(pixels),
        matrix,
        (x1 - x0, y1 - y0),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def blend(canvas: np.ndarray, crop: np.ndarray, layer: Pasted) -> None:
    """Draw the crop with soft edges: solid inside the person's box, gone at the crop's border."""
    if layer.mirrored:  # INRIA's boxes are centred, so the mirrored crop keeps its box
        crop = crop[:, ::-1]
    height, width = crop.shape[:2]
    scale, person = layer.scale, layer.person
    shape = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(np.ascontiguousarray(crop), shape, interpolation=cv2.INTER_AREA).astype(np.float32)
    xs, ys = (np.arange(shape[0]) + 0.5) / scale, (np.arange(shape[1]) + 0.5) / scale
    across = np.interp(xs, [0, person[0], person[2], width], [0, 1, 1, 0])
    down = np.interp(ys, [0, person[1], person[3], height], [0, 1, 1, 0])
    alpha = (across[None] * down[:, None])[..., None]
    under = canvas[layer.top : layer.top + shape[1], layer.left : layer.left + shape[0]]
    alpha, small = alpha[: under.shape[0], : under.shape[1]], small[: under.shape[0], : under.shape[1]]
    under[:] = (small * alpha + under * (1 - alpha)).astype(np.uint8)


def recolour(canvas: np.ndarray, colours: Colours) -> np.ndarray:
    if colours.grey:
        return cv2.cvtColor(cv2.cvtColor(canvas, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    steps = np.arange(256)
    tables = [
        steps * colours.hue % 180,
        np.clip(steps * colours.saturation, 0, 255),
        np.clip(steps * colours.value, 0, 255),
    ]
    hsv = cv2.LUT(cv2.cvtColor(canvas, cv2.COLOR_RGB2HSV), np.stack(tables, 1)[None].astype(np.uint8))
    canvas = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    return cv2.blur(canvas, (3, 3)) if colours.blurred else canvas
