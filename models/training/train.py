"""Darknet .cfg and a picture store -> checkpoints, .weights of the averaged network, a log and curves.

Ends at --samples, or on SIGTERM or Ctrl-C after saving; started again with the same --out it goes on.
"""

import argparse
import json
import math
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import torch
from torch import nn

from batches import Batch, BatchMaker, batches
from checkpoint import Average, Progress, load, save
from curves import draw_curves
from darknet_weights import write_weights
from evaluate import evaluate, to_tensor
from loss import detection_loss
from network import DarknetNetwork
from picture_store import PictureStore
from schedule import Schedule
from workers import Workers, start_workers

SMOKE_SIZES = ((math.inf, (160, 192)),)
GRADIENT_LIMIT = 10.0


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cfg", type=Path, required=True)
    parser.add_argument("--store", type=Path, required=True, help="folder that prepare.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints, weights, log and curves")
    parser.add_argument("--samples", type=int, default=1_000_000, help="pictures to see, or to decay over")
    parser.add_argument("--decay-from", type=Path, metavar="CHECKPOINT", help="begin the final decay here")
    parser.add_argument("--without", action="append", default=[], metavar="SET")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--weight-decay", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True, help="minutes per input size")
    parser.add_argument("--workers", type=int, default=1, help="processes, each with a batch of its own")
    parser.add_argument("--threads", type=int, default=2, help="of each worker")
    parser.add_argument("--save-every", type=float, default=180, metavar="SECONDS")
    parser.add_argument("--evaluate-every", type=float, default=600, metavar="SECONDS")
    parser.add_argument("--keep-every", type=int, default=50_000, metavar="PICTURES")
    parser.add_argument("--smoke", action="store_true", help="a few minutes at small sizes; fails unless the loss falls")
    return parser.parse_args()


class Trainer:
    def __init__(self, options: argparse.Namespace, workers: Workers) -> None:
        self.options = options
        self.workers = workers
        self.out: Path = options.out
        torch.manual_seed(options.seed)
        torch.set_num_threads(options.threads)
        self.network = DarknetNetwork(options.cfg.read_text()).to(memory_format=torch.channels_last)
        start_biases(self.network)
        # Compiling fuses normalisation, activation and maxout around oneDNN's convolutions: half the CPU time.
        self.forward = torch.compile(self.network, dynamic=False) if options.compile else self.network
        self.average = Average(self.network)
        self.optimizer = torch.optim.AdamW(
            parameter_groups(self.network, options.weight_decay), lr=options.rate, betas=(0.9, 0.99), fused=True
        )
        self.progress = self.restore()
        sizes = {"sizes": SMOKE_SIZES, "warm_up": 500} if options.smoke else {}
        # Steps of a mean over more pictures are surer; Adam's may grow with the square root.
        rate = options.rate * math.sqrt(workers.count)
        self.schedule = Schedule(rate, self.progress.decay_from, self.progress.decay_over, **sizes)
        self.store = PictureStore(options.store)
        self.stopping = False
        self.recent: list[dict[str, float]] = []

    def restore(self) -> Progress:
        last = self.out / "last.pt"
        if last.exists():
            return load(last, self.network, self.average, self.optimizer)
        if self.options.decay_from is None:
            return Progress()
        progress = load(self.options.decay_from, self.network, self.average, self.optimizer)
        progress.decay_from, progress.decay_over, progress.best = progress.seen, self.options.samples, 0.0
        return progress

    def end(self) -> int:
        progress = self.progress
        if progress.decay_from is not None:
            return progress.decay_from + progress.decay_over
        return self.options.samples

    def steps(self) -> Iterator[None]:
        """Every step that all workers make together, until the run is to end."""
        options, progress, workers = self.options, self.progress, self.workers
        maker = BatchMaker(
            options.store, self.schedule, options.seed, options.batch, frozenset(options.without), workers.count
        )
        # Another number of workers may have begun the run.
        progress.step = math.ceil(progress.step / workers.count) * workers.count
        for batch in batches(maker, progress.step + workers.number):
            stopping = self.step(batch)
            yield
            if stopping or progress.seen >= self.end():
                return

    def run(self) -> None:
        """Train; what is said, measured and saved meanwhile is the first worker's."""
        if self.workers.number > 0:
            for _ in self.steps():
                pass
            return
        options, progress = self.options, self.progress
        saved = evaluated = spoken = time.monotonic()
        started, seen_before = time.monotonic(), progress.seen
        for _ in self.steps():
            now = time.monotonic()
            if now - spoken >= 15:
                self.speak((progress.seen - seen_before) / (now - started))
                spoken = now
            if now - evaluated >= options.evaluate_every:
                self.measure()
                evaluated = now
            if progress.seen % options.keep_every < options.batch * options.workers:
                self.save(f"seen-{progress.seen // 1000:05d}k.pt")
            if now - saved >= options.save_every:
                self.save("last.pt")
                saved = now
        self.save("last.pt")
        self.measure()

    def step(self, batch: Batch) -> bool:
        """Whether the run is to stop after this one."""
        progress = self.progress
        rate = self.schedule.learning_rate(progress.seen)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.network.train()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16):
            maps = self.forward(to_tensor(batch.pictures))
        loss, parts = detection_loss(maps, self.network.heads, torch.from_numpy(batch.targets))
        loss.backward()
        stopping = self.workers.share(list(self.network.parameters()), self.stopping)
        pictures = self.workers.count * len(batch.pictures)
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), GRADIENT_LIMIT)
        if torch.isfinite(norm):
            self.optimizer.step()
            self.average.update(self.network, self.workers.count, progress.decay_over // pictures)
        progress.step += self.workers.count
        progress.seen += pictures
        record = {"loss": float(loss.detach()), **parts, "norm": float(norm), "size": batch.pictures.shape[1], "rate": rate}
        if self.workers.number == 0:
            self.recent.append(record)
        return stopping

    def speak(self, speed: float) -> None:
        """One line for people, one for the log: means since the last."""
        means = {name: sum(item[name] for item in self.recent) / len(self.recent) for name in self.recent[0]}
        self.recent.clear()
        seen, left = self.progress.seen, (self.end() - self.progress.seen) / max(speed, 1e-6)
        self.log({"seen": seen, "speed": speed, **means})
        print(
            f"{time.strftime('%H:%M:%S')} {seen}/{self.end()} loss {means['loss']:.3f} (box {means['box']:.3f}, "
            f"objectness {means['objectness']:.3f}, class {means['class']:.3f}) size {means['size']:.0f} "
            f"rate {means['rate']:.1e} norm {means['norm']:.1f} {speed:.1f}/s left {left / 3600:.1f} h",
            flush=True,
        )

    def measure(self) -> None:
        if not self.store.numbers("test"):
            return
        found = evaluate(self.average.network, self.network.heads, self.store)
        self.log({"seen": self.progress.seen, "ap50": found})
        line = ", ".join(f"{name} {value:.3f}" for name, value in found.items())
        print(f"{time.strftime('%H:%M:%S')} {self.progress.seen} AP50 {line}", flush=True)
        mean = (found["person"] + found["vehicles"]) / 2
        if mean > self.progress.best:
            self.progress.best = mean
            write_weights(self.average.network, self.out / "best.weights", self.progress.seen)
        draw_curves(self.out / "log.jsonl", self.out / "curves.png")

    def save(self, name: str) -> None:
        save(self.out / name, self.network, self.average, self.optimizer, self.progress)
        write_weights(self.average.network, self.out / "last.weights", self.progress.seen)

    def log(self, record: dict) -> None:
        with (self.out / "log.jsonl").open("a") as file:
            file.write(json.dumps(record) + "\n")

    def stop(self, *_: object) -> None:
        self.stopping = True


def parameter_groups(network: nn.Module, weight_decay: float) -> list[dict]:
    """Decay pulls on kernels only, not on biases and normalisation."""
    kernels = [value for value in network.parameters() if value.ndim > 1]
    others = [value for value in network.parameters() if value.ndim <= 1]
    return [{"params": kernels, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def start_biases(network: DarknetNetwork) -> None:
    """Objectness begins at 1 %, or thousands of empty cells drown the first steps."""
    outputs = [layer.conv for layer in network.layers if getattr(layer, "norm", 0) is None]
    with torch.no_grad():
        for conv, head in zip(outputs, network.heads, strict=True):
            conv.bias.zero_()
            conv.bias.view(len(head.anchors), -1)[:, 4] = math.log(0.01 / 0.99)
            conv.weight.normal_(0, 0.01)


def falling(log: Path) -> tuple[float, float]:
    """Mean loss of the first and of the last fifth of the log's lines."""
    losses = [entry["loss"] for entry in map(json.loads, log.read_text().splitlines()) if "loss" in entry]
    share = max(1, len(losses) // 5)
    return sum(losses[:share]) / share, sum(losses[-share:]) / share


def train(options: argparse.Namespace, workers: Workers) -> None:
    trainer = Trainer(options, workers)
    # The first one saves and then tells the others.
    stop = trainer.stop if workers.number == 0 else signal.SIG_IGN
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    trainer.run()


def main() -> None:
    options = parse_options()
    if options.smoke:
        options.samples = min(options.samples, 3_000)
        options.compile = False  # would take as long as the run
    options.out.mkdir(parents=True, exist_ok=True)
    start_workers(options.workers, partial(train, options))
    if options.smoke:
        first, last = falling(options.out / "log.jsonl")
        print(f"loss fell from {first:.3f} to {last:.3f}")
        if not last < first:
            raise SystemExit(f"expected a loss below {first:.3f} for the smoke run, received {last:.3f}")


if __name__ == "__main__":
    main()
