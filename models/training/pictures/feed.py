"""A batch as the makers left it -> the network's input, targets and the teacher's maps on the device."""

from dataclasses import dataclass
from pathlib import Path

import onnx
import torch
from torch import Tensor

from data.picture_store import PictureStore
from pictures.batches import Batch
from pictures.device_drawing import DeviceDrawing
from teacher.onnx_network import OnnxNetwork
from teacher.teacher_maps import cut_at_head


@dataclass(frozen=True)
class Fed:
    """`pictures` (n, 3, size, size) in 0..1, `targets` (m, 7 + classes), `teacher_maps` per head, none without a teacher."""

    pictures: Tensor
    targets: Tensor
    teacher_maps: list[Tensor]


class Feed:
    """Pictures that the makers drew and the teacher looked at there."""

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def take(self, batch: Batch) -> Fed:
        maps = [torch.from_numpy(values).to(self.device) for values in batch.teacher_maps]
        return Fed(to_tensor(batch.pictures, self.device), torch.from_numpy(batch.targets).to(self.device), maps)


class DeviceFeed(Feed):
    """The makers only plan: pictures are drawn, and looked at by the teacher, on the device."""

    def __init__(
        self, store: PictureStore, without: frozenset[str], teacher: Path | None, device: torch.device
    ) -> None:
        super().__init__(device)
        self.drawing = DeviceDrawing(store, store.numbers("train", without), device)
        self.teacher = OnnxNetwork(cut_at_head(onnx.load(str(teacher))).graph).to(device) if teacher else None

    @torch.no_grad()
    def take(self, batch: Batch) -> Fed:
        pictures = self.drawing.draw(batch.plans)
        maps = self.teacher(pictures.flip(1)) if self.teacher is not None else []
        pictures = pictures.div_(255).to(memory_format=torch.channels_last)
        return Fed(pictures, torch.from_numpy(batch.targets).to(self.device), maps)


def to_tensor(pictures, device: torch.device) -> Tensor:
    """(n, h, w, 3) uint8 -> (n, 3, h, w) in 0..1; rows of RGB are channels_last already."""
    return torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float().div_(255)
