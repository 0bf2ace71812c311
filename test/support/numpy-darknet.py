"""A job as JSON on standard input -> what a plain NumPy evaluation of a Darknet .cfg gives, as JSON on standard output.

For what OpenCV's Darknet reader lacks (maxpool_depth). The job is that of opencv-darknet.py, without boxes.
"""

import json
import sys

import numpy as np

Map = np.ndarray  # (channels, height, width), float64


def sections_of(text: str) -> list[tuple[str, dict[str, str]]]:
    sections: list[tuple[str, dict[str, str]]] = []
    for line in text.splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("["):
            sections.append((line.strip("[]"), {}))
        elif line:
            key, value = line.split("=")
            sections[-1][1][key.strip()] = value.strip()
    return sections[1:]


def activate(name: str, x: Map) -> Map:
    if name == "linear":
        return x
    if name == "leaky":
        return np.where(x > 0, x, 0.1 * x)
    if name == "relu":
        return np.maximum(x, 0)
    logistic = 1 / (1 + np.exp(-x))
    return {"logistic": lambda: logistic, "swish": lambda: x * logistic, "mish": lambda: x * np.tanh(np.log1p(np.exp(x)))}[name]()


def windows(x: Map, size: int, stride: int, before: int, after: int, fill: float) -> np.ndarray:
    """(channels, out height, out width, size, size)"""
    padded = np.pad(x, ((0, 0), (before, after), (before, after)), constant_values=fill)
    view = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(1, 2))
    return view[:, ::stride, ::stride]


class Weights:
    def __init__(self, file: str) -> None:
        self.floats = np.fromfile(file, np.float32, offset=20).astype(np.float64)
        self.at = 0

    def take(self, count: int) -> np.ndarray:
        self.at += count
        return self.floats[self.at - count : self.at]


def convolve(x: Map, options: dict[str, str], weights: Weights) -> Map:
    filters, size, stride, groups = (int(options.get(key, "1")) for key in ("filters", "size", "stride", "groups"))
    padding = size // 2 if options.get("pad") == "1" else int(options.get("padding", "0"))
    bias = weights.take(filters)
    norm = [weights.take(filters) for _ in range(3)] if options.get("batch_normalize") == "1" else None
    per_group = x.shape[0] // groups
    kernel = weights.take(filters * per_group * size * size).reshape(groups, filters // groups, per_group, size, size)
    view = windows(x, size, stride, padding, padding, 0)
    parts = [
        np.tensordot(kernel[group], view[group * per_group : (group + 1) * per_group], ([1, 2, 3], [0, 3, 4]))
        for group in range(groups)
    ]
    out = np.concatenate(parts)
    if norm:
        scale, mean, variance = (values[:, None, None] for values in norm)
        out = scale * (out - mean) / np.sqrt(variance + 1e-5)
    return activate(options["activation"], out + bias[:, None, None])


def pool(x: Map, options: dict[str, str]) -> Map:
    if options.get("maxpool_depth") == "1":
        return x.reshape(-1, int(options["out_channels"]), *x.shape[1:]).max(0)
    size, stride = int(options["size"]), int(options["stride"])
    padding = int(options.get("padding", size - 1))
    view = windows(x, size, stride, padding // 2, padding - padding // 2, -np.inf)
    return view.max((3, 4))


def add(x: Map, other: Map) -> Map:
    shared = min(len(x), len(other))
    total = x.copy()
    total[:shared] += other[:shared]
    return total


def evaluate(text: str, weights: Weights, picture: Map) -> list[Map]:
    maps: list[Map] = []
    for kind, options in sections_of(text):
        x = maps[-1] if maps else picture
        sources = [maps[int(index)] for index in options.get("layers", options.get("from", "")).split(",") if index]
        activation = options.get("activation", "linear")
        if kind == "convolutional":
            x = convolve(x, options, weights)
        elif kind == "maxpool":
            x = pool(x, options)
        elif kind == "avgpool":
            x = x.mean((1, 2), keepdims=True)
        elif kind == "upsample":
            x = x.repeat(int(options["stride"]), 1).repeat(int(options["stride"]), 2)
        elif kind == "route":
            groups, group = int(options.get("groups", "1")), int(options.get("group_id", "0"))
            x = np.concatenate([np.split(source, groups)[group] for source in sources])
        elif kind == "shortcut":
            for source in sources:
                x = add(x, source)
            x = activate(activation, x)
        elif kind in ("sam", "scale_channels"):
            x = activate(activation, x * sources[0])
        elif kind != "yolo":
            raise ValueError(f"no reference for [{kind}]")
        maps.append(x)
    assert weights.at == len(weights.floats), f"{len(weights.floats) - weights.at} floats left"
    return maps


def main() -> None:
    job = json.load(sys.stdin)
    width, height = job["size"]
    results = []
    for file in job["pixels"]:
        picture = np.fromfile(file, np.uint8).reshape(3, height, width) / 255
        maps = evaluate(open(job["cfg"]).read(), Weights(job["weights"]), picture)
        sampled = [maps[index].ravel()[:: job["sample"]] for index in job["outputs"]]
        results.append({"outputs": [[float(f"{value:.7g}") for value in values] for values in sampled]})
    json.dump({"oracle": f"NumPy {np.__version__}", "results": results}, sys.stdout)


main()
