"""The trainer's log (JSON lines) -> a picture of loss and AP50 over pictures seen."""

import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402 (the backend has to be chosen first)


def draw_curves(log: Path, picture: Path) -> None:
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    losses = [entry for entry in entries if "loss" in entry]
    measured = [entry for entry in entries if "ap50" in entry]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4))
    for name in ("loss", "box", "objectness", "class"):
        left.plot([entry["seen"] for entry in losses], [entry[name] for entry in losses], label=name, linewidth=0.8)
    for name in ("person", "vehicles"):
        right.plot([e["seen"] for e in measured], [e["ap50"][name] for e in measured], "o-", label=name)
    for axes, title in ((left, "loss"), (right, "AP50, test set")):
        axes.set_title(title)
        axes.set_xlabel("pictures seen")
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.tight_layout()
    figure.savefig(picture, dpi=90)
    pyplot.close(figure)
