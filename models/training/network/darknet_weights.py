"""A torch module of a cfg <-> Darknet .weights bytes (header 0.2.5, then per convolution beta, gamma, mean, var, kernel).

The same with kernels in 16 bits, as the package's own weights are (models/darknet/half-weights.ts).
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from network.network import Convolution, DarknetNetwork

DARKNET_EPSILON = 1e-5  # AlexeyAB/darknet, normalize_cpu
HALF_MAGIC = b"CSP16\0\0\0"
HEADER_BYTES = 20


def write_half_weights(network: DarknetNetwork, path: Path) -> None:
    """The form of the package's own weights: kernels in 16 bits, no header but the magic."""
    with path.open("wb") as file:
        file.write(HALF_MAGIC)
        for layer in convolutions(network):
            *statistics, kernel = tensors_of(layer)
            for tensor in statistics:
                tensor.detach().float().cpu().numpy().ravel().tofile(file)
            kernel.detach().half().contiguous().cpu().numpy().ravel().tofile(file)


def write_weights(network: DarknetNetwork, path: Path, seen: int = 0) -> None:
    with path.open("wb") as file:
        np.array([0, 2, 5], np.int32).tofile(file)
        np.array([seen], np.int64).tofile(file)
        for layer in convolutions(network):
            for tensor in tensors_of(layer):
                tensor.detach().float().contiguous().cpu().numpy().ravel().tofile(file)


def read_weights(network: DarknetNetwork, path: Path) -> int:
    """Fill `network` from the file; returns the pictures seen, as far as it says. Fails unless it ends with the last layer."""
    data = path.read_bytes()
    half = data.startswith(HALF_MAGIC)
    at = len(HALF_MAGIC) if half else HEADER_BYTES
    with torch.no_grad():
        for layer in convolutions(network):
            for name, shape in shapes_of(layer):
                kind = np.dtype("<f2" if half and name == "kernel" else "<f4")
                count = int(np.prod(shape))
                if at + count * kind.itemsize > len(data):
                    raise ValueError(f"expected more than {len(data)} bytes for {path}, received no more")
                values = np.frombuffer(data, kind, count, at).astype(np.float32)
                assign(layer, name, torch.from_numpy(values).reshape(shape))
                at += count * kind.itemsize
    if at != len(data):
        raise ValueError(f"expected {at} bytes for {path}, received {len(data)}")
    return 0 if half else int(np.frombuffer(data, "<i8", 1, 12)[0])


def convolutions(network: DarknetNetwork) -> list[Convolution]:
    return [layer for layer in network.layers if isinstance(layer, Convolution)]


def tensors_of(layer: Convolution) -> list[Tensor]:
    norm = layer.norm
    if norm is None:
        return [layer.conv.bias, layer.conv.weight]
    # The difference of the two epsilons goes into the variance, so that Darknet computes the same.
    variance = norm.running_var.double() + (norm.eps - DARKNET_EPSILON)
    return [norm.bias, norm.weight, norm.running_mean, variance, layer.conv.weight]


def shapes_of(layer: Convolution) -> list[tuple[str, tuple[int, ...]]]:
    kernel = ("kernel", tuple(layer.conv.weight.shape))
    names = ["bias"] if layer.norm is None else ["beta", "gamma", "mean", "variance"]
    return [*((name, (layer.filters,)) for name in names), kernel]


def assign(layer: Convolution, name: str, values: Tensor) -> None:
    norm = layer.norm
    if name == "kernel":
        layer.conv.weight.copy_(values)
    elif name == "bias":
        layer.conv.bias.copy_(values)
    elif name == "beta":
        norm.bias.copy_(values)
    elif name == "gamma":
        norm.weight.copy_(values)
    elif name == "mean":
        norm.running_mean.copy_(values)
    else:
        # A variance below the difference cannot be said with the larger epsilon.
        norm.running_var.copy_((values.double() - (norm.eps - DARKNET_EPSILON)).clamp(min=0))
