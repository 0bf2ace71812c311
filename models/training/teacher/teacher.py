"""BGR picture -> YOLOX-nano's boxes and class probabilities for our six classes, from several views of it."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from inputs import expect_file

TEACHER = Path("../shared/weights/yolox-nano/yolox_nano.onnx")
COCO_COLUMNS = (0, 1, 2, 3, 5, 7)  # person, bicycle, car, motorcycle, bus, truck among COCO's 80
STRIDES = (8, 16, 32)
PADDING = 114
INNER_EDGE_MARGIN = 3.0


@dataclass(frozen=True)
class View:
    """A part of the picture, in fractions of its sides, looked at plain or mirrored."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0
    mirrored: bool = False


# The network's input is fixed at 416, so "larger scale" means four overlapping tiles, enlarged.
VIEWS = (
    View(),
    View(mirrored=True),
    View(0, 0, 0.6, 0.6),
    View(0.4, 0, 1, 0.6, mirrored=True),
    View(0, 0.4, 0.6, 1, mirrored=True),
    View(0.4, 0.4, 1, 1),
)


def expect_teacher(model: Path) -> None:
    """Fails with one sentence unless `model` is an ONNX file that opens."""
    expect_file(model, "--teacher")
    try:
        Teacher(model)
    except Exception as error:
        raise SystemExit(f"expected YOLOX as ONNX for --teacher, received {model}: {error}") from error


class Teacher:
    """YOLOX-nano in ONNX Runtime on one thread."""

    def __init__(self, model: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        feed = self.session.get_inputs()[0]
        self.input_name = feed.name
        self.size = int(feed.shape[2])
        self.grid, self.strides = grid_of(self.size)

    def look(self, picture: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All views' boxes (n, 4) xyxy in the picture, probabilities (n, 6) and view numbers (n,)."""
        found = [self.look_at(picture, view, threshold) for view in VIEWS]
        boxes = np.concatenate([boxes for boxes, _ in found])
        probabilities = np.concatenate([probabilities for _, probabilities in found])
        views = np.concatenate([np.full(len(item[0]), number) for number, item in enumerate(found)])
        return boxes, probabilities, views.astype(np.uint8)

    def look_at(self, picture: np.ndarray, view: View, threshold: float) -> tuple[np.ndarray, np.ndarray]:
        height, width = picture.shape[:2]
        x0, x1 = round(view.left * width), round(view.right * width)
        y0, y1 = round(view.top * height), round(view.bottom * height)
        part = picture[y0:y1, x0:x1]
        if view.mirrored:
            part = part[:, ::-1]
        boxes, probabilities = self.detect(np.ascontiguousarray(part), threshold)
        if view.mirrored:
            boxes = np.stack([x1 - x0 - boxes[:, 2], boxes[:, 1], x1 - x0 - boxes[:, 0], boxes[:, 3]], 1)
        boxes = boxes + np.array([x0, y0, x0, y0], np.float32)
        whole = np.ones(len(boxes), bool)
        # A box that touches a tile's inner edge is probably a part of something larger.
        whole &= (boxes[:, 0] > x0 + INNER_EDGE_MARGIN) | (x0 == 0)
        whole &= (boxes[:, 1] > y0 + INNER_EDGE_MARGIN) | (y0 == 0)
        whole &= (boxes[:, 2] < x1 - INNER_EDGE_MARGIN) | (x1 == width)
        whole &= (boxes[:, 3] < y1 - INNER_EDGE_MARGIN) | (y1 == height)
        boxes = np.clip(boxes, 0, [width, height, width, height]).astype(np.float32)
        return boxes[whole], probabilities[whole]

    def detect(self, picture: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
        """Boxes (n, 4) xyxy in `picture` and probabilities (n, 6) after per-class NMS."""
        height, width = picture.shape[:2]
        scale = self.size / max(height, width)
        resized = cv2.resize(picture, (round(width * scale), round(height * scale)))
        canvas = np.full((self.size, self.size, 3), PADDING, np.uint8)
        canvas[: resized.shape[0], : resized.shape[1]] = resized
        tensor = canvas.transpose(2, 0, 1)[None].astype(np.float32)
        raw = self.session.run(None, {self.input_name: tensor})[0][0]
        probabilities = raw[:, 4:5] * raw[:, [5 + column for column in COCO_COLUMNS]]
        kept = probabilities.max(1) >= threshold
        raw, probabilities = raw[kept], probabilities[kept]
        centre = (raw[:, :2] + self.grid[kept]) * self.strides[kept]
        half = np.exp(raw[:, 2:4]) * self.strides[kept] / 2
        boxes = np.concatenate([centre - half, centre + half], 1) / scale
        order = suppress(boxes, probabilities.max(1), probabilities.argmax(1), 0.65)
        return boxes[order].astype(np.float32), probabilities[order].astype(np.float32)


def grid_of(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Cell corners (n, 2) and strides (n, 1) in the order of YOLOX's rows."""
    grids, strides = [], []
    for stride in STRIDES:
        cells = size // stride
        ys, xs = np.mgrid[:cells, :cells]
        grids.append(np.stack([xs.ravel(), ys.ravel()], 1))
        strides.append(np.full((cells * cells, 1), stride))
    return np.concatenate(grids).astype(np.float32), np.concatenate(strides).astype(np.float32)


def suppress(boxes: np.ndarray, scores: np.ndarray, classes: np.ndarray, iou: float) -> np.ndarray:
    """Greedy per-class NMS; indices of the boxes that stay, best first."""
    if len(boxes) == 0:
        return np.zeros(0, np.int64)
    shifted = boxes + classes[:, None] * 10_000.0
    rects = np.concatenate([shifted[:, :2], shifted[:, 2:] - shifted[:, :2]], 1)
    return np.asarray(cv2.dnn.NMSBoxes(rects.tolist(), scores.tolist(), 0.0, iou)).reshape(-1)
