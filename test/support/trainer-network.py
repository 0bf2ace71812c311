"""A job as JSON on standard input -> the trainer's network with random weights: its .weights and what it computes.

{"trainer": folder, "cfg", "weights": files, "pixels": file, planar RGB uint8 (3, size, size), "size"}; prints the heads' maps.
"""

import json
import sys
from pathlib import Path

import numpy as np

job = json.load(sys.stdin)
sys.path.insert(0, job["trainer"])

import torch  # noqa: E402

from network.darknet_weights import write_weights  # noqa: E402
from network.network import DarknetNetwork  # noqa: E402

torch.manual_seed(1)
network = DarknetNetwork(Path(job["cfg"]).read_text()).eval()
for module in network.modules():
    if isinstance(module, torch.nn.BatchNorm2d):
        module.weight.data.uniform_(0.5, 1.5)
        module.bias.data.uniform_(-0.5, 0.5)
        module.running_mean.normal_(0, 0.2)
        module.running_var.uniform_(0.01, 1.0)
write_weights(network, Path(job["weights"]))
pixels = torch.from_numpy(np.fromfile(job["pixels"], np.uint8).reshape(1, 3, job["size"], job["size"]))
with torch.no_grad():
    maps = network(pixels.float() / 255)
print(json.dumps([values.sigmoid().flatten().tolist() for values in maps]))
