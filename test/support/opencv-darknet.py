"""A job as JSON on standard input -> what OpenCV's own Darknet reader computes, as JSON on standard output.

{"cfg", "weights": files, "size": [width, height], "pixels": [files, planar RGB uint8], "outputs": [layer indices],
 "sample": every so many values of an output, "boxes": {"minScore", "iouThreshold"} or absent}
"""

import json
import os
import sys
import tempfile

import cv2
import numpy as np

# OpenCV adds 1e-6 to the variance of batch norm, Darknet 1e-5: without this they differ by up to 1%.
MISSING_EPSILON = np.float32(1e-5 - 1e-6)


def read_network(cfg: str, weights: str) -> cv2.dnn.Net:
    """OpenCV's network on weights whose variances carry what is missing of Darknet's epsilon."""
    plain = cv2.dnn.readNetFromDarknet(cfg, weights)
    data = bytearray(open(weights, "rb").read())
    major, minor = np.frombuffer(data, np.int32, 2)
    floats = np.frombuffer(data, np.float32, offset=20 if major * 10 + minor >= 2 else 16)
    names = set(plain.getLayerNames())
    at = 0
    for name in plain.getLayerNames():
        if not name.startswith("conv_"):
            continue
        kernel = plain.getParam(name, 0)
        filters = kernel.shape[0]
        if name.replace("conv", "bn") in names:
            floats[at + 3 * filters : at + 4 * filters] += MISSING_EPSILON
            at += 3 * filters
        at += filters + kernel.size
    assert at == floats.size, f"{floats.size - at} floats left"
    with tempfile.NamedTemporaryFile(suffix=".weights", delete=False) as file:
        file.write(data)
    try:
        return cv2.dnn.readNetFromDarknet(cfg, file.name)
    finally:
        os.unlink(file.name)


def last_name(network: cv2.dnn.Net, index: int) -> str:
    """A Darknet layer becomes several of OpenCV's, such as conv_3, bn_3, leaky_3."""
    return [name for name in network.getLayerNames() if name.endswith(f"_{index}")][-1]


def find_boxes(network: cv2.dnn.Net, size: list[int], min_score: float, iou_threshold: float) -> list[dict]:
    rows = np.concatenate([out.reshape(-1, out.shape[-1]) for out in network.forward(network.getUnconnectedOutLayersNames())])
    corners = np.concatenate([rows[:, :2] - rows[:, 2:4] / 2, rows[:, 2:4]], 1) * np.array(size * 2)
    found = []
    for kind in range(rows.shape[1] - 5):
        scores = rows[:, 5 + kind]
        for index in np.array(cv2.dnn.NMSBoxes(corners.tolist(), scores.tolist(), min_score, iou_threshold)).flatten():
            x, y, width, height = corners[index].tolist()
            box = [round(value, 4) for value in (x, y, x + width, y + height)]
            found.append({"classIndex": kind, "score": round(float(scores[index]), 6), "box": box})
    return sorted(found, key=lambda one: -one["score"])


def compact(values: np.ndarray) -> list[float]:
    return [float(f"{value:.7g}") for value in values.flatten()]


def main() -> None:
    job = json.load(sys.stdin)
    width, height = job["size"]
    network = read_network(job["cfg"], job["weights"])
    results = []
    for file in job["pixels"]:
        pixels = np.fromfile(file, np.uint8).reshape(1, 3, height, width)
        network.setInput(pixels.astype(np.float32) / np.float32(255))
        result = {
            "outputs": [
                compact(network.forward(last_name(network, index)).flatten()[:: job["sample"]])
                for index in job["outputs"]
            ]
        }
        if "boxes" in job:
            boxes = job["boxes"]
            result["boxes"] = find_boxes(network, job["size"], boxes["minScore"], boxes["iouThreshold"])
        results.append(result)
    json.dump({"oracle": f"OpenCV {cv2.__version__}", "results": results}, sys.stdout)


main()
