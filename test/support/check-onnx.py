"""A job as JSON on standard input -> the verdict of onnx.checker and what OpenCV computes, as JSON on standard output.

{"model": file, "pixels": file of float32 (1, 3, size, size), "size", "outputs": [names], "sample": every so many values}
"""

import json
import sys

import cv2
import numpy as np
import onnx


def main() -> None:
    job = json.load(sys.stdin)
    onnx.checker.check_model(job["model"], full_check=True)
    network = cv2.dnn.readNetFromONNX(job["model"])
    size = job["size"]
    network.setInput(np.fromfile(job["pixels"], np.float32).reshape(1, 3, size, size))
    outputs = [network.forward(name).ravel()[:: job["sample"]] for name in job["outputs"]]
    result = {
        "oracle": f"onnx {onnx.__version__}, OpenCV {cv2.__version__}",
        "outputs": [[float(f"{value:.7g}") for value in values] for values in outputs],
    }
    json.dump(result, sys.stdout)


main()
