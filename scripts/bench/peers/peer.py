"""One engine under the clock: JSON lines on standard input -> JSON lines on standard output.

{"open": {"engine", "precision", "threads", "files", "size": [width, height], "pixels": file, "outputs": [names]}}
    -> {"outputs": base64 of float32, all outputs one after the other in the order of the names}
{"burst": {"seconds"}} -> {"ms": [of each run]}
{"convert": {"to": "ncnn" or "openvino-int8", "onnx": file, "out": file, "frames": file, "size"}} -> {}
{"probe": true} -> {package: version, of those that are installed}
What fails is answered with {"error": one line}.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np

FEWEST_RUNS = 3
WARM_UP_RUNS = 2


class OpenCv:
    """The ONNX file, or the Darknet pair up to the convolutions before [yolo]."""

    def __init__(self, job):
        import cv2

        cv2.setNumThreads(job["threads"])
        self.names = job["outputs"]
        self.picture = floats_of(job)
        if "cfg" in job["files"]:
            self.network = cv2.dnn.readNetFromDarknet(job["files"]["cfg"], job["files"]["weights"])
            layers = self.network.getLayerNames()
            before = [int(name.split("_")[-1]) - 1 for name in self.names]
            self.names = [[name for name in layers if name.endswith(f"_{index}")][-1] for index in before]
        else:
            self.network = cv2.dnn.readNetFromONNX(job["files"]["onnx"])

    def run(self):
        self.network.setInput(self.picture)
        return self.network.forward(self.names)


class OpenVino:
    def __init__(self, job):
        import openvino

        core = openvino.Core()
        options = {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": job["threads"]}
        # With AMX or AVX-512 BF16 its default is to compute floats in 16 bits.
        if job["precision"] == "fp32":
            options["INFERENCE_PRECISION_HINT"] = "f32"
        compiled = core.compile_model(core.read_model(job["files"]["openvino"]), "CPU", options)
        takes_bytes = compiled.inputs[0].element_type == openvino.Type.u8
        self.picture = bytes_of(job) if takes_bytes else floats_of(job)
        self.request = compiled.create_infer_request()
        self.outputs = [compiled.output(name) for name in job["outputs"]]

    def run(self):
        results = self.request.infer({0: self.picture}, share_inputs=True, share_outputs=True)
        return [results[output] for output in self.outputs]


class OnnxRuntime:
    def __init__(self, job):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = job["threads"]
        self.session = onnxruntime.InferenceSession(job["files"]["onnx"], options, ["CPUExecutionProvider"])
        given = self.session.get_inputs()[0]
        self.feed = {given.name: bytes_of(job) if given.type == "tensor(uint8)" else floats_of(job)}
        self.names = job["outputs"]

    def run(self):
        return self.session.run(self.names, self.feed)


class Ncnn:
    def __init__(self, job):
        import ncnn

        self.network = ncnn.Net()
        option = self.network.opt
        option.num_threads = job["threads"]
        if job["precision"] == "fp32":
            option.use_bf16_storage = False
            option.use_fp16_packed = option.use_fp16_storage = option.use_fp16_arithmetic = False
        self.network.load_param(job["files"]["param"])
        self.network.load_model(job["files"]["bin"])
        self.input = self.network.input_names()[0]
        self.outputs = [f"out{i}" for i in range(len(job["outputs"]))]
        # A Mat is a view of the array and does not keep it alive.
        self.floats = floats_of(job)[0]
        self.picture = ncnn.Mat(self.floats)

    def run(self):
        extractor = self.network.create_extractor()
        extractor.input(self.input, self.picture)
        return [np.array(extractor.extract(name)[1]) for name in self.outputs]


ENGINES = {"opencv": OpenCv, "openvino": OpenVino, "onnxruntime": OnnxRuntime, "ncnn": Ncnn}


def bytes_of(job):
    width, height = job["size"]
    return np.fromfile(job["pixels"], np.uint8).reshape(1, 3, height, width)


def floats_of(job):
    return bytes_of(job).astype(np.float32) / np.float32(255)


def burst(engine, seconds: float) -> list[float]:
    for _ in range(WARM_UP_RUNS):
        engine.run()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < FEWEST_RUNS or time.perf_counter() < end:
        started = time.perf_counter()
        engine.run()
        times.append(round(1000 * (time.perf_counter() - started), 3))
    return times


def to_ncnn(job) -> None:
    """<out>.param and <out>.bin, in 32 bits."""
    program = shutil.which("pnnx") or os.path.join(os.path.dirname(sys.executable), "pnnx")
    width, height = job["size"]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(job["onnx"], os.path.join(folder, "network.onnx"))
        shape = f"inputshape=[1,3,{height},{width}]"
        subprocess.run([program, "network.onnx", shape, "fp16=0"], cwd=folder, check=True, stdout=sys.stderr)
        for kind in ("param", "bin"):
            shutil.copy(os.path.join(folder, f"network.ncnn.{kind}"), f"{job['out']}.{kind}")


def to_openvino_int8(job) -> None:
    """<out>.xml and <out>.bin by NNCF's own quantization, calibrated on the same frames as ours."""
    import nncf
    import openvino

    width, height = job["size"]
    frames = np.fromfile(job["frames"], np.uint8).reshape(-1, 1, 3, height, width)
    dataset = nncf.Dataset(frames, lambda frame: frame.astype(np.float32) / np.float32(255))
    model = openvino.Core().read_model(job["onnx"])
    openvino.save_model(nncf.quantize(model, dataset, subset_size=len(frames)), f"{job['out']}.xml")


CONVERSIONS = {"ncnn": to_ncnn, "openvino-int8": to_openvino_int8}


def probe() -> dict[str, str]:
    found = {}
    for package, module in [
        ("opencv", "cv2"),
        ("openvino", "openvino"),
        ("onnxruntime", "onnxruntime"),
        ("ncnn", "ncnn"),
        ("nncf", "nncf"),
        ("pnnx", "pnnx"),
    ]:
        try:
            version = getattr(__import__(module), "__version__", "")
        except Exception:
            continue
        found[package] = version.split("-")[0]
    return found


def main() -> None:
    # Libraries print what they like; answers have a channel of their own.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    engine = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "open" in request:
                engine = ENGINES[request["open"]["engine"]](request["open"])
                values = np.concatenate([np.asarray(output, np.float32).ravel() for output in engine.run()])
                answer = {"outputs": base64.b64encode(values.tobytes()).decode()}
            elif "burst" in request:
                answer = {"ms": burst(engine, request["burst"]["seconds"])}
            elif "convert" in request:
                CONVERSIONS[request["convert"]["to"]](request["convert"])
                answer = {}
            else:
                answer = probe()
        except Exception as error:
            answer = {"error": " ".join(str(error).split()) or type(error).__name__}
        answers.write(json.dumps(answer) + "\n")


main()
