"""Darknet .cfg and a picture store -> checkpoints, .weights of the averaged network, a log and curves.

Ends at --samples, or on SIGTERM or Ctrl-C after saving; started again with the same --out it goes on.
"""

import argparse
import json
import math
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import nn

from data.picture_store import PictureStore
from loss.feature_loss import FEATURE_WEIGHT, feature_loss
from loss.loss import LOSS_PARTS, detection_loss
from measure.curves import draw_curves
from measure.evaluate import evaluate
from network.darknet_weights import read_weights, write_half_weights, write_weights
from network.network import DarknetNetwork
from network.student import Student, parameter_groups, start_biases
from options import PICTURES_PER_RATE, RATE, TRAINED_RATE, parse_options
from pictures.batches import Batch, Recipe, batches
from pictures.feed import DeviceFeed, Feed
from pictures.schedule import NATIVE_SIZE, TRAINED_SIZES, TRAINED_WARM_UP, Schedule
from run.checkpoint import Average, Progress, load, save
from run.memory import keep_memory
from run.precision import faster_precision
from run.workers import Workers, start_workers
from teacher.teacher_maps import widths

SMOKE_SIZES = ((math.inf, (160, 192)),)
GRADIENT_LIMIT = 10.0
SPEAK_EVERY = 15  # seconds
DECAY_SHARE = 0.4  # of --minutes
DECAY_SPEED = 0.55  # of the speed before, as the decay's pictures are larger; a decay that is cut short is worth less


class Trainer:
    def __init__(self, options: argparse.Namespace, workers: Workers) -> None:
        self.options = options
        self.workers = workers
        self.out: Path = options.out
        torch.manual_seed(options.seed)
        torch.set_num_threads(options.threads)
        network = DarknetNetwork(options.cfg.read_text())
        start_biases(network)
        if options.init is not None:
            read_weights(network, options.init)
        network.to(options.device, memory_format=torch.channels_last)
        self.student = Student(network, widths(options.teacher) if options.teacher else {}).to(options.device)
        self.parameters = list(self.student.parameters())
        # Compiling fuses normalisation, activation and maxout around oneDNN's convolutions: half the CPU time.
        self.forward = torch.compile(self.student, dynamic=False) if options.compile else self.student
        self.average = Average(network)
        self.optimizer = torch.optim.AdamW(
            parameter_groups(self.student, options.weight_decay), lr=RATE, betas=(0.9, 0.99), fused=True
        )
        self.progress = self.restore()
        # Steps of a mean over more pictures are surer; Adam's may grow with the square root.
        rate = self.progress.rate * math.sqrt(workers.count * options.batch / PICTURES_PER_RATE)
        self.native = network.net.integer("width", NATIVE_SIZE)
        self.schedule = Schedule(rate, self.progress.decay_from, self.progress.decay_over, native=self.native)
        if options.smoke:
            self.schedule = replace(self.schedule, sizes=SMOKE_SIZES, warm_up=500)
        elif options.init is not None:
            self.schedule = replace(self.schedule, sizes=TRAINED_SIZES, warm_up=TRAINED_WARM_UP)
        # A warm-up is a number of steps, however many pictures they take.
        warm_up = max(1, self.schedule.warm_up * options.batch // PICTURES_PER_RATE)
        self.schedule = replace(self.schedule, warm_up=warm_up)
        # Trained weights wait for projections that know nothing yet, and would take them apart.
        is_trained = options.init is not None and self.student.projections is not None
        self.held_until = warm_up if is_trained else 0
        self.store = PictureStore(options.store)
        self.without = frozenset(options.without)
        self.feed = (
            DeviceFeed(self.store, self.without, options.teacher, options.device)
            if options.draw == "device"
            else Feed(options.device)
        )
        self.stopping = False
        self.began = time.monotonic()
        self.speed = 0.0
        self.recent: list[dict[str, float]] = []

    def restore(self) -> Progress:
        options, last = self.options, self.out / "last.pt"
        progress = Progress()
        if last.exists():
            progress = load(last, self.student, self.average, self.optimizer)
        elif options.decay_from is not None:
            progress = load(options.decay_from, self.student, self.average, self.optimizer)
            progress.decay_from, progress.decay_over, progress.best = progress.seen, options.samples, 0.0
        # A decay goes down from the rate that its run had, not up to a default first.
        progress.rate = options.rate or progress.rate or (RATE if options.init is None else TRAINED_RATE)
        return progress

    def end(self) -> int:
        progress = self.progress
        if progress.decay_from is not None:
            return progress.decay_from + progress.decay_over
        return self.options.samples

    def steps(self) -> Iterator[None]:
        """Every step that all workers make together, until the run is to end."""
        options, progress, workers = self.options, self.progress, self.workers
        drawn = options.draw == "cpu"
        recipe = Recipe(
            options.store,
            self.schedule,
            options.seed,
            options.batch,
            self.without,
            workers.count,
            options.teacher if drawn else None,
            drawn,
        )
        # Another number of workers may have begun the run.
        progress.step = math.ceil(progress.step / workers.count) * workers.count
        for batch in batches(recipe, progress.step + workers.number, options.makers):
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
        while self.train_until_change():
            self.begin_decay()
        self.save("last.pt")
        self.measure()

    def train_until_change(self) -> bool:
        """Whether it was ended by --minutes, for the final decay, rather than for good."""
        options, progress = self.options, self.progress
        saved = evaluated = spoken = time.monotonic()
        started, seen_before = time.monotonic(), progress.seen
        for _ in self.steps():
            now = time.monotonic()
            self.speed = (progress.seen - seen_before) / (now - started)
            if now - spoken >= SPEAK_EVERY:
                self.speak()
                spoken = now
            if now - evaluated >= options.evaluate_every:
                self.measure()
                evaluated = now
            if progress.seen % options.keep_every < options.batch * options.workers:
                self.save(f"seen-{progress.seen // 1000:05d}k.pt")
            if now - saved >= options.save_every:
                self.save("last.pt")
                saved = now
            self.stopping |= self.minutes_left() <= 0
            if self.minutes_left() < DECAY_SHARE * (options.minutes or 0) and progress.decay_from is None:
                return True
        return False

    def minutes_left(self) -> float:
        return math.inf if self.options.minutes is None else self.options.minutes - (time.monotonic() - self.began) / 60

    def begin_decay(self) -> None:
        """Over the pictures that the rest of --minutes has room for."""
        progress = self.progress
        progress.decay_from = progress.seen
        progress.decay_over = int(self.speed * DECAY_SPEED * self.minutes_left() * 60)
        self.schedule = replace(self.schedule, decay_from=progress.decay_from, decay_over=progress.decay_over)

    def step(self, batch: Batch) -> bool:
        """Whether the run is to stop after this one."""
        options, progress = self.options, self.progress
        rate = self.schedule.learning_rate(progress.seen)
        is_held = progress.seen < self.held_until
        for group in self.optimizer.param_groups:
            # Nothing of the projections can be lost by large steps.
            group["lr"] = rate if not is_held else 0.0 if group["of_network"] else RATE
        self.student.train()
        self.optimizer.zero_grad(set_to_none=True)
        fed = self.feed.take(batch)
        with torch.autocast(options.device.type, torch.bfloat16, enabled=options.precision == "bfloat16"):
            maps, features = self.forward(fed.pictures)
        loss, parts = detection_loss(maps, self.student.network.heads, fed.targets)
        if features:
            apart = FEATURE_WEIGHT * feature_loss(features, self.student.chosen(fed.teacher_maps))
            loss, parts = loss + apart, {**parts, "features": float(apart.detach())}
        loss.backward()
        stopping = self.workers.share(self.parameters, self.stopping)
        pictures = self.workers.count * len(batch)
        norm = nn.utils.clip_grad_norm_(self.parameters, GRADIENT_LIMIT)
        if torch.isfinite(norm):
            self.optimizer.step()
            self.average.update(self.student.network, pictures / PICTURES_PER_RATE, progress.decay_over // pictures)
        progress.step += self.workers.count
        progress.seen += pictures
        record = {"loss": float(loss.detach()), **parts, "norm": float(norm), "size": batch.size, "rate": rate}
        if self.workers.number == 0:
            self.recent.append(record)
        return stopping

    def speak(self) -> None:
        """One line for people, one for the log: means since the last."""
        means = {name: sum(item[name] for item in self.recent) / len(self.recent) for name in self.recent[0]}
        self.recent.clear()
        seen, left = self.progress.seen, (self.end() - self.progress.seen) / max(self.speed, 1e-6)
        self.log({"seen": seen, "speed": self.speed, **means})
        parts = ", ".join(f"{name} {means[name]:.3f}" for name in LOSS_PARTS if name in means)
        print(
            f"{time.strftime('%H:%M:%S')} {seen}/{self.end()} loss {means['loss']:.3f} ({parts}) size {means['size']:.0f} "
            f"rate {means['rate']:.1e} norm {means['norm']:.1f} {self.speed:.1f}/s left {left / 3600:.1f} h",
            flush=True,
        )

    def measure(self) -> None:
        if not self.store.numbers("test"):
            return
        found = evaluate(self.average.network, self.store, self.native)
        self.log({"seen": self.progress.seen, "ap50": found})
        line = ", ".join(f"{name} {value:.3f}" for name, value in found.items())
        print(f"{time.strftime('%H:%M:%S')} {self.progress.seen} AP50 {line}", flush=True)
        mean = (found["person"] + found["vehicles"]) / 2
        if mean > self.progress.best:
            self.progress.best = mean
            write_weights(self.average.network, self.out / "best.weights", self.progress.seen)
        draw_curves(self.out / "log.jsonl", self.out / "curves.png")

    def save(self, name: str) -> None:
        save(self.out / name, self.student, self.average, self.optimizer, self.progress)
        write_weights(self.average.network, self.out / "last.weights", self.progress.seen)
        write_half_weights(self.average.network, self.out / "last.weights16")

    def log(self, record: dict) -> None:
        with (self.out / "log.jsonl").open("a") as file:
            file.write(json.dumps(record) + "\n")

    def stop(self, *_: object) -> None:
        self.stopping = True


def falling(log: Path) -> tuple[float, float]:
    """Mean loss of the first and of the last fifth of the log's lines."""
    losses = [entry["loss"] for entry in map(json.loads, log.read_text().splitlines()) if "loss" in entry]
    share = max(1, len(losses) // 5)
    return sum(losses[:share]) / share, sum(losses[-share:]) / share


def train(options: argparse.Namespace, workers: Workers) -> None:
    keep_memory()
    trainer = Trainer(options, workers)
    # The first one saves and then tells the others.
    stop = trainer.stop if workers.number == 0 else signal.SIG_IGN
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    trainer.run()


def main() -> None:
    options = parse_options(__doc__)
    if options.smoke:
        options.samples = min(options.samples, 3_000)
        options.compile = False  # would take as long as the run
    if options.precision == "auto":
        torch.set_num_threads(options.threads)
        options.precision = faster_precision(DarknetNetwork(options.cfg.read_text()).to(options.device), options.device)
    print(f"computing in {options.precision} on {options.device}", flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    start_workers(options.workers, partial(train, options))
    if options.smoke:
        first, last = falling(options.out / "log.jsonl")
        print(f"loss fell from {first:.3f} to {last:.3f}")
        if not last < first:
            raise SystemExit(f"expected a loss below {first:.3f} for the smoke run, received {last:.3f}")


if __name__ == "__main__":
    main()
