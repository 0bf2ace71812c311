"""Seed and step number -> that step's batch, made ahead in another process.

A batch depends on nothing but seed, step and number of workers, so a run that is resumed sees what it would have seen.
"""

import multiprocessing
import os
import queue
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from augment import Augmenter, Strength
from picture_store import PictureStore
from schedule import Schedule
from targets import ROW
from teacher_maps import TeacherMaps

AHEAD = 4
# Sets of one kind of picture are drawn less often than their size would have it, everyday scenes and fixed cameras
# more. Roads from above hold dozens of tiny cars each: at their full share the network saw cars in the keys of a
# telephone. The mall's single camera and the people at work were every second person.
DRAWN_MORE = {
    "coco256": 6.0,
    "coco_tiny80": 6.0,
    "fight_surv300": 3.0,
    "montreal_cctv101": 3.0,
    "coco_pv30": 3.0,
    "shanghaitech_b38": 3.0,
    "tud_motionpairs": 2.0,
    "beijing_brt": 2.0,
    "accident_cctv990": 1.5,
    "manaus_traffic": 1.5,
    "openimages_vehicles": 1.5,
    "humanseg290": 1.5,
    "traffic_vn97": 1.5,
    "lspet10k": 0.7,
    "classroom_bav": 0.7,
    "hardhat7035": 0.5,
    "mall_cctv": 0.7,
    "atl_traffic": 0.5,
    "topview_vehicles": 0.4,
    "car4162": 0.4,
}


@dataclass(frozen=True)
class Batch:
    """`pictures` (n, size, size, 3) uint8 RGB; `targets` (m, 13) as loss.py wants them.

    `teacher_maps`: per head (n, channels, size / stride, size / stride), none without a teacher.
    """

    step: int
    pictures: np.ndarray
    targets: np.ndarray
    teacher_maps: tuple[np.ndarray, ...] = ()


class BatchMaker:
    def __init__(
        self,
        store: Path,
        schedule: Schedule,
        seed: int,
        batch: int,
        without: frozenset[str],
        workers: int = 1,
        teacher: Path | None = None,
    ) -> None:
        self.schedule = schedule
        self.seed = seed
        self.batch = batch
        self.workers = workers
        self.teacher_file = teacher
        pictures = PictureStore(store)
        numbers = pictures.numbers("train", without)
        chances = np.array([DRAWN_MORE.get(pictures.entries[number]["set"], 1.0) for number in numbers])
        self.augmenter = Augmenter(pictures, numbers, chances, pictures.numbers("paste", without))

    def make(self, step: int) -> Batch:
        rng = np.random.default_rng((self.seed, step))
        # Workers wait for each other, so those of a step have the same size.
        first = step - step % self.workers
        size = self.schedule.size(first * self.batch, np.random.default_rng((self.seed, first, 1)).random())
        strength = self.schedule.strength(step * self.batch, size)
        made = [self.augmenter.picture(rng, size, strength) for _ in range(self.batch)]
        rows = [to_targets(number, rows) for number, (_, rows) in enumerate(made)]
        pictures = np.stack([picture for picture, _ in made])
        maps = self.teacher.look(pictures) if self.teacher is not None else ()
        return Batch(step, pictures, np.concatenate(rows), tuple(maps))

    @cached_property
    def teacher(self) -> TeacherMaps | None:
        """Opened where batches are made: a session does not survive a fork."""
        return TeacherMaps(self.teacher_file) if self.teacher_file else None


def to_targets(picture: int, rows: np.ndarray) -> np.ndarray:
    targets = np.zeros((len(rows), ROW + 1), np.float32)
    targets[:, 0] = picture
    targets[:, 1:3] = (rows[:, :2] + rows[:, 2:4]) / 2
    targets[:, 3:5] = rows[:, 2:4] - rows[:, :2]
    targets[:, 5:] = rows[:, 4:]
    return targets


def batches(maker: BatchMaker, first_step: int) -> Iterator[Batch]:
    """Endless; the process that makes them ends with this one."""
    context = multiprocessing.get_context("fork")
    ready = context.Queue(AHEAD)
    process = context.Process(target=fill, args=(maker, first_step, ready, os.getpid()), daemon=True)
    process.start()
    try:
        while True:
            try:
                yield ready.get(timeout=20)
            except queue.Empty:
                if not process.is_alive():
                    raise RuntimeError("expected a running batch maker, received its end") from None
    finally:
        process.kill()


def fill(maker: BatchMaker, step: int, ready: multiprocessing.Queue, parent: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the trainer decides when to end
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    while os.getppid() == parent:
        batch = maker.make(step)
        while os.getppid() == parent:
            try:
                ready.put(batch, timeout=5)
                break
            except queue.Full:
                continue
        step += maker.workers
