"""A job as JSON on standard input -> the verdict of onnx.checker and what ONNX's own numpy evaluator computes, as JSON.

{"model": file, "pixels": file of uint8 (1, 3, size, size), "size"}
"""

import json
import sys

import numpy as np
import onnx
from onnx import version_converter
from onnx.reference import ReferenceEvaluator


def main() -> None:
    job = json.load(sys.stdin)
    onnx.checker.check_model(job["model"], full_check=True)
    # The evaluator knows QuantizeLinear and DequantizeLinear from opset 19 on.
    evaluator = ReferenceEvaluator(version_converter.convert_version(onnx.load(job["model"]), 19))
    size = job["size"]
    pixels = np.fromfile(job["pixels"], np.uint8).reshape(1, 3, size, size)
    outputs = evaluator.run(None, {"pixels": pixels})
    result = {
        "oracle": f"onnx {onnx.__version__}",
        "outputs": {
            name: [float(f"{value:.7g}") for value in values.ravel()]
            for name, values in zip(evaluator.output_names, outputs)
        },
    }
    json.dump(result, sys.stdout)


main()
