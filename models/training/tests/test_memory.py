"""Tensors taken and freed again and again -> pages that the kernel had to give, with and without keep_memory."""

import subprocess
import sys
import unittest
from pathlib import Path

STEPS = """
import resource
import torch
{first}
def step():
    return [torch.zeros(2**23) for _ in range(4)]  # 32 MB each
for _ in range(4):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
KEEP = "from run.memory import keep_memory; keep_memory()"


def faults(first: str) -> int:
    folder = Path(__file__).parent.parent
    command = [sys.executable, "-c", STEPS.format(first=first)]
    return int(subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout)


class Memory(unittest.TestCase):
    def test_freed_pages_serve_again(self) -> None:
        self.assertLess(10 * faults(KEEP), faults(""))


if __name__ == "__main__":
    unittest.main()
