"""Outputs of detectors as JSON on standard input -> what NumPy makes of them, as JSON on standard output.

Written from the definitions of the detectors, all rows at once, without a look at the decoders that it is held against.
A job: cases, each with the decoder's part of model.json, width and height of the input, minScore, and for each output
its shape and a file of float32. The answer: for each case rows of class, score, x1, y1, x2, y2, best score first.
"""

import json
import sys

import numpy as np


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def corners(centred: np.ndarray) -> np.ndarray:
    centre, size = centred[:, :2], centred[:, 2:]
    return np.concatenate([centre - size / 2, centre + size / 2], axis=1)


def grid_of(case: dict, strides: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Column and row of each cell, (cells, 2), and its stride, (cells, 1)."""
    places, sizes = [], []
    for stride in strides:
        columns, rows = -(-case["width"] // stride), -(-case["height"] // stride)
        y, x = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
        places.append(np.stack([x.ravel(), y.ravel()], axis=1))
        sizes.append(np.full((rows * columns, 1), stride))
    return np.concatenate(places), np.concatenate(sizes)


def yolo(case: dict, outputs: dict) -> tuple[np.ndarray, np.ndarray]:
    boxes, scores = [], []
    for head in case["decoder"]["heads"]:
        anchors = np.array(head["anchors"])
        columns, rows = head["grid"]["width"], head["grid"]["height"]
        values = outputs[head["output"]].reshape(len(anchors), -1, rows, columns).transpose(0, 2, 3, 1)
        linear = values if head["newCoords"] else sigmoid(values)
        y, x = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
        cell = np.stack([x, y], axis=-1)[None]
        scale = head["scaleXY"]
        centre = (cell + linear[..., :2] * scale - (scale - 1) / 2) / [columns, rows] * [case["width"], case["height"]]
        grown = (2 * values[..., 2:4]) ** 2 if head["newCoords"] else np.exp(values[..., 2:4])
        size = grown * anchors[:, None, None, :]
        boxes.append(corners(np.concatenate([centre, size], axis=-1).reshape(-1, 4)))
        scores.append((linear[..., 4:5] * linear[..., 5:]).reshape(-1, linear.shape[-1] - 5))
    return np.concatenate(boxes), np.concatenate(scores)


def yolox(case: dict, outputs: dict) -> tuple[np.ndarray, np.ndarray]:
    values = outputs[case["decoder"]["output"]][0]
    cells, stride = grid_of(case, case["decoder"]["strides"])
    centred = np.concatenate([(values[:, :2] + cells) * stride, np.exp(values[:, 2:4]) * stride], axis=1)
    return corners(centred), values[:, 4:5] * values[:, 5:]


def yolov5(case: dict, outputs: dict) -> tuple[np.ndarray, np.ndarray]:
    values = outputs[case["decoder"]["output"]][0]
    return corners(values[:, :4]), values[:, 4:5] * values[:, 5:]


def yolov8(case: dict, outputs: dict) -> tuple[np.ndarray, np.ndarray]:
    values = outputs[case["decoder"]["output"]][0]
    if case["decoder"]["layout"] == "attributes-first":
        values = values.T
    return corners(values[:, :4]), values[:, 4:]


def one_hot(labels: np.ndarray, scores: np.ndarray, classes: int) -> np.ndarray:
    """A label without a place gives a row of zeros."""
    return (labels[:, None] == np.arange(classes)) * scores[:, None]


def end_to_end(case: dict, outputs: dict) -> tuple[np.ndarray, np.ndarray]:
    values = outputs[case["decoder"]["output"]][0]
    return values[:, :4], one_hot(values[:, 5], values[:, 4], case["decoder"]["classes"])


def detr(case: dict, outputs: dict) -> tuple[np.ndarray, np.ndarray]:
    decoder = case["decoder"]
    logits = outputs[decoder["scores"]][0]
    scores = {"sigmoid": sigmoid, "softmax": softmax, "none": lambda x: x}[decoder["activation"]](logits)
    boxes = corners(outputs[decoder["boxes"]][0]) * np.tile([case["width"], case["height"]], 2)
    return boxes, scores[:, : decoder["classes"]]


def nanodet(case: dict, outputs: dict) -> tuple[np.ndarray, np.ndarray]:
    decoder = case["decoder"]
    values = outputs[decoder["output"]][0]
    cells, stride = grid_of(case, decoder["strides"])
    bins = softmax(values[:, decoder["classes"] :].reshape(len(values), 4, decoder["bins"]))
    distances = bins @ np.arange(decoder["bins"]) * stride
    centre = cells * stride
    boxes = np.concatenate([centre - distances[:, :2], centre + distances[:, 2:]], axis=1)
    edge = np.tile([case["width"], case["height"]], 2)
    return np.clip(boxes, 0, edge), values[:, : decoder["classes"]]


def ssd(case: dict, outputs: dict) -> tuple[np.ndarray, np.ndarray]:
    decoder = case["decoder"]
    boxes = outputs[decoder["boxes"]].reshape(-1, 4)
    labels, scores = outputs[decoder["labels"]].ravel(), outputs[decoder["scores"]].ravel()
    if decoder["corners"] == "yxyx":
        boxes = boxes[:, [1, 0, 3, 2]]
    if decoder["unit"] == "share":
        boxes = boxes * np.tile([case["width"], case["height"]], 2)
    if "count" in decoder:
        count = int(outputs[decoder["count"]].ravel()[0])
        boxes, labels, scores = boxes[:count], labels[:count], scores[:count]
    return boxes, one_hot(labels - decoder["firstLabel"], scores, decoder["classes"])


KINDS = {
    "yolo": yolo,
    "yolox": yolox,
    "yolov5": yolov5,
    "yolov8": yolov8,
    "end-to-end": end_to_end,
    "detr": detr,
    "nanodet": nanodet,
    "ssd": ssd,
}


def overlaps(box: np.ndarray, others: np.ndarray, nms: dict) -> np.ndarray:
    lower, upper = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    shared = np.clip(upper - lower, 0, None).prod(axis=1)
    area = (others[:, 2:] - others[:, :2]).prod(axis=1)
    result = shared / (area + (box[2:] - box[:2]).prod() - shared)
    if nms["kind"] == "greedy":
        return result
    hull = np.maximum(box[2:], others[:, 2:]) - np.minimum(box[:2], others[:, :2])
    apart = (box[:2] + box[2:] - others[:, :2] - others[:, 2:]) / 2
    return result - ((apart**2).sum(axis=1) / (hull**2).sum(axis=1)) ** nms["beta"]


def decode(case: dict) -> list[list[float]]:
    outputs = {
        name: np.fromfile(given["file"], np.float32).astype(np.float64).reshape(given["shape"])
        for name, given in case["outputs"].items()
    }
    boxes, scores = KINDS[case["decoder"]["kind"]](case, outputs)
    found = []
    for index in range(scores.shape[1]):
        rows = np.flatnonzero(scores[:, index] >= case["minScore"])
        rows = rows[np.argsort(-scores[rows, index], kind="stable")]
        nms = case["decoder"].get("nms")
        candidates = rows
        while len(rows):
            first, rows = rows[0], rows[1:]
            box = boxes[first]
            if nms and "boxVoting" in nms:
                share = overlaps(box, boxes[candidates], {"kind": "greedy"})
                votes = np.where(share >= nms["boxVoting"], share**3 * scores[candidates, index], 0)
                box = np.average(boxes[candidates], axis=0, weights=votes)
            found.append([index, scores[first, index], *box])
            if nms:
                rows = rows[overlaps(boxes[first], boxes[rows], nms) <= nms["iouThreshold"]]
    found.sort(key=lambda row: -row[1])
    return [[row[0], *(round(float(value), 6) for value in row[1:])] for row in found]


json.dump([decode(case) for case in json.load(sys.stdin)["cases"]], sys.stdout)
