"""Seed and step number -> that step's batch, made ahead in other processes.

A batch depends on nothing but seed, step and number of workers, so a run that is resumed sees what it would have seen.
"""

import multiprocessing
import os
import queue
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle
from pathlib import Path

import cv2
import numpy as np

from data.picture_store import PictureStore
from data.targets import ROW
from pictures.augment import Augmenter, Plan
from pictures.drawing import draw
from pictures.schedule import Schedule
from teacher.teacher_maps import TeacherMaps

AHEAD = 4
# Sets of one kind of picture are drawn less often than their size would have it, everyday scenes and fixed cameras
# more. Roads from above hold dozens of tiny cars each: at their full share the network saw cars in the keys of a
# telephone. The mall's single camera and the people at work were every second person.
DRAWN_MORE = {
    "coco256": 2.0,
    "coco_tiny80": 2.0,
    "fight_surv300": 4.0,
    "montreal_cctv101": 4.0,
    "coco_pv30": 4.0,
    "shanghaitech_b38": 4.0,
    "tud_motionpairs": 3.0,
    "beijing_brt": 3.0,
    "accident_cctv990": 2.0,
    "manaus_traffic": 2.0,
    "openimages_vehicles": 1.5,
    "humanseg290": 1.5,
    "traffic_vn97": 1.5,
    "voc12_animals": 0.7,
    "idd_lite": 0.7,
    "maskon": 0.7,
    "lspet10k": 0.5,
    "classroom_bav": 0.7,
    "hardhat7035": 0.5,
    "mall_cctv": 0.7,
    "atl_traffic": 0.5,
    "topview_vehicles": 0.4,
    "car4162": 0.4,
    "flickr8k": 0.5,
    "ade20k_val": 0.8,
    "bdd_sel": 0.6,
    "carbike": 0.7,
    "ppe_campus": 0.4,
    "riders_helmet": 0.7,
    "riders_in": 0.7,
    "shtech_b": 0.8,
    "traffic_fog": 0.6,
}


@dataclass(frozen=True)
class Batch:
    """`targets` (m, 13) as loss.py wants them, and the pictures, drawn or planned.

    Drawn: `pictures` (n, size, size, 3) uint8 RGB and, with a teacher, `teacher_maps` per head
    (n, channels, size / stride, size / stride). Planned: `plans`.
    """

    step: int
    size: int
    targets: np.ndarray
    pictures: np.ndarray | None = None
    teacher_maps: tuple[np.ndarray, ...] = ()
    plans: tuple[Plan, ...] = ()

    def __len__(self) -> int:
        return len(self.plans) if self.pictures is None else len(self.pictures)


@dataclass(frozen=True)
class Recipe:
    """What a batch depends on beside its number; `drawn` is False where pictures are drawn on the device."""

    store: Path
    schedule: Schedule
    seed: int
    batch: int
    without: frozenset[str] = frozenset()
    workers: int = 1
    teacher: Path | None = None
    drawn: bool = True


class BatchMaker:
    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.store = PictureStore(recipe.store)
        numbers = self.store.numbers("train", recipe.without)
        chances = np.array([DRAWN_MORE.get(self.store.entries[number]["set"], 1.0) for number in numbers])
        pastes = self.store.numbers("paste", recipe.without) if recipe.drawn else []
        self.augmenter = Augmenter(self.store, numbers, chances, pastes)

    def make(self, step: int) -> Batch:
        recipe, schedule = self.recipe, self.recipe.schedule
        rng = np.random.default_rng((recipe.seed, step))
        # Workers wait for each other, so those of a step have the same size.
        first = step - step % recipe.workers
        size = schedule.size(first * recipe.batch, np.random.default_rng((recipe.seed, first, 1)).random())
        strength = schedule.strength(step * recipe.batch, size)
        plans = tuple(self.augmenter.plan(rng, size, strength) for _ in range(recipe.batch))
        targets = np.concatenate([to_targets(number, plan.rows) for number, plan in enumerate(plans)])
        if not recipe.drawn:
            return Batch(step, size, targets, plans=plans)
        pictures = np.stack([draw(plan, self.store) for plan in plans])
        maps = self.teacher.look(pictures) if self.teacher is not None else ()
        return Batch(step, size, targets, pictures, tuple(maps))

    @cached_property
    def teacher(self) -> TeacherMaps | None:
        """Opened by the first batch, as batches without a teacher need none."""
        return TeacherMaps(self.recipe.teacher) if self.recipe.teacher else None


def to_targets(picture: int, rows: np.ndarray) -> np.ndarray:
    targets = np.zeros((len(rows), ROW + 1), np.float32)
    targets[:, 0] = picture
    targets[:, 1:3] = (rows[:, :2] + rows[:, 2:4]) / 2
    targets[:, 3:5] = rows[:, 2:4] - rows[:, :2]
    targets[:, 5:] = rows[:, 4:]
    return targets


def batches(recipe: Recipe, first_step: int, processes: int = 1) -> Iterator[Batch]:
    """Endless, in the order of steps; the processes that make them end with this one."""
    # A forked one would inherit locks of threads that it has not: ONNX Runtime's and CUDA's.
    context = multiprocessing.get_context("spawn")
    stride = recipe.workers
    queues = [context.Queue(AHEAD) for _ in range(processes)]
    makers = [
        context.Process(
            target=fill,
            args=(recipe, first_step + number * stride, processes * stride, ready, os.getpid()),
            daemon=True,
        )
        for number, ready in enumerate(queues)
    ]
    for process in makers:
        process.start()
    try:
        for process, ready in cycle(zip(makers, queues, strict=True)):
            yield take(process, ready)
    finally:
        for process in makers:
            process.kill()


def take(process: multiprocessing.Process, ready: multiprocessing.Queue) -> Batch:
    while True:
        try:
            return ready.get(timeout=20)
        except queue.Empty:
            if not process.is_alive():
                raise RuntimeError("expected a running batch maker, received its end") from None


def fill(recipe: Recipe, step: int, stride: int, ready: multiprocessing.Queue, parent: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the trainer decides when to end
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    maker = BatchMaker(recipe)
    while os.getppid() == parent:
        batch = maker.make(step)
        while os.getppid() == parent:
            try:
                ready.put(batch, timeout=5)
                break
            except queue.Full:
                continue
        step += stride
