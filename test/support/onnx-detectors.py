"""A detector's ONNX file and pictures as JSON on standard input -> its boxes in source pixels, as JSON on standard output.

An evaluation of its own: ONNX Runtime's Python package, letterbox, decoding and suppression in NumPy and OpenCV, written
from the scripts that train the networks. A job: network (the original file), kind, minScore, iouThreshold, and pictures,
each with the file of its pixels (RGB, interleaved, resized already), their width and height, and those of its source.
"""

import json
import sys

import cv2
import numpy as np
import onnxruntime

GREY = 114


def yolox_blob(picture: np.ndarray, size: int) -> tuple[np.ndarray, tuple[int, int]]:
    """BGR from 0 to 255, at the top left."""
    height, width = picture.shape[:2]
    padded = cv2.copyMakeBorder(picture, 0, size - height, 0, size - width, cv2.BORDER_CONSTANT, value=(GREY,) * 3)
    return cv2.cvtColor(padded, cv2.COLOR_RGB2BGR).astype(np.float32), (0, 0)


def yolov8_blob(picture: np.ndarray, size: int) -> tuple[np.ndarray, tuple[int, int]]:
    """RGB from 0 to 1, in the middle."""
    height, width = picture.shape[:2]
    top, left = (size - height) // 2, (size - width) // 2
    edges = (top, size - height - top, left, size - width - left)
    padded = cv2.copyMakeBorder(picture, *edges, cv2.BORDER_CONSTANT, value=(GREY,) * 3)
    return padded.astype(np.float32) / 255, (left, top)


def yolox_rows(output: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """demo_postprocess of YOLOX: boxes by centre and size, and scores of the classes."""
    cells, strides = [], []
    for stride in (8, 16, 32):
        side = size // stride
        y, x = np.mgrid[:side, :side]
        cells.append(np.stack([x, y], axis=-1).reshape(-1, 2))
        strides.append(np.full((side * side, 1), stride))
    cell, stride = np.concatenate(cells), np.concatenate(strides)
    centred = np.concatenate([(output[:, :2] + cell) * stride, np.exp(output[:, 2:4]) * stride], axis=1)
    return centred, output[:, 4:5] * output[:, 5:]


def yolov8_rows(output: np.ndarray, _: int) -> tuple[np.ndarray, np.ndarray]:
    return output.T[:, :4], output.T[:, 4:]


KINDS = {"yolox": (yolox_blob, yolox_rows), "yolov8": (yolov8_blob, yolov8_rows)}


def suppress(boxes: np.ndarray, scores: np.ndarray, most: float) -> list[int]:
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    order = np.argsort(-scores, kind="stable")
    kept = []
    while len(order):
        first, order = order[0], order[1:]
        kept.append(int(first))
        lower = np.maximum(boxes[first, :2], boxes[order, :2])
        upper = np.minimum(boxes[first, 2:], boxes[order, 2:])
        shared = np.clip(upper - lower, 0, None).prod(axis=1)
        order = order[shared / (area[first] + area[order] - shared) <= most]
    return kept


def main() -> None:
    job = json.load(sys.stdin)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(job["network"], options, providers=["CPUExecutionProvider"])
    taken = session.get_inputs()[0]
    size = taken.shape[2]
    to_blob, to_rows = KINDS[job["kind"]]
    answers = []
    for given in job["pictures"]:
        shape = (given["height"], given["width"], 3)
        blob, (left, top) = to_blob(np.fromfile(given["file"], np.uint8).reshape(shape), size)
        (output,) = session.run(None, {taken.name: blob.transpose(2, 0, 1)[None]})
        centred, scores = to_rows(output[0].astype(np.float64), size)
        corners = np.concatenate([centred[:, :2] - centred[:, 2:] / 2, centred[:, :2] + centred[:, 2:] / 2], axis=1)
        source = np.array([given["sourceWidth"], given["sourceHeight"]])
        back = np.tile(source / [given["width"], given["height"]], 2)
        found = []
        for index in range(scores.shape[1]):
            rows = np.flatnonzero(scores[:, index] >= job["minScore"])
            for row in rows[suppress(corners[rows], scores[rows, index], job["iouThreshold"])]:
                box = np.clip((corners[row] - np.tile([left, top], 2)) * back, 0, np.tile(source, 2))
                found.append([index, float(scores[row, index]), *map(float, box)])
        answers.append(found)
    json.dump(answers, sys.stdout)


main()
