"""Plans -> training pictures (n, 3, size, size) float RGB in 0..255, drawn where the network runs.

All pictures lie in the device's memory, at full, half and quarter size. Differs from drawing.py by what bilinear
sampling of halved pictures differs from averaging; pasted persons are not drawn.
"""

import torch
from torch import Tensor
from torch.nn import functional

from data.picture_store import PictureStore
from pictures.augment import Colours, Placed, Plan

LEVELS = 3
CHUNK = 256  # pictures that are copied at a time


class DeviceDrawing:
    def __init__(self, store: PictureStore, numbers: list[int], device: torch.device) -> None:
        self.device = device
        self.places = {number: place for place, number in enumerate(numbers)}
        sizes = [store.size(number) for number in numbers]
        self.sizes = torch.tensor(sizes, dtype=torch.float32, device=device)
        side = max(max(size) for size in sizes)
        side += -side % 2 ** (LEVELS - 1)
        self.levels = [
            torch.empty(len(numbers), 3, side >> level, side >> level, dtype=torch.uint8, device=device)
            for level in range(LEVELS)
        ]
        for start in range(0, len(numbers), CHUNK):
            self.load(store, numbers[start : start + CHUNK], start)

    def load(self, store: PictureStore, numbers: list[int], start: int) -> None:
        side = self.levels[0].shape[2]
        pictures = torch.zeros(len(numbers), 3, side, side, dtype=torch.uint8)
        for place, number in enumerate(numbers):
            pixels = torch.from_numpy(store.pixels(number).copy()).permute(2, 0, 1)
            height, width = pixels.shape[1:]
            pictures[place, :, :height, :width] = pixels
            # Beyond its edges a picture goes on, or smaller levels would be dark there.
            pictures[place, :, height:, :width] = pixels[:, -1:]
            pictures[place, :, :, width:] = pictures[place, :, :, width - 1 : width]
        shown = pictures.to(self.device)
        for level in self.levels:
            level[start : start + len(numbers)] = shown
            shown = functional.avg_pool2d(shown.float(), 2).round().to(torch.uint8)

    def draw(self, plans: list[Plan]) -> Tensor:
        size = plans[0].size
        shades = torch.tensor([plan.shade for plan in plans], dtype=torch.float32, device=self.device)
        canvas = shades.view(-1, 1, 1, 1).expand(-1, 3, size, size).clone()
        for depth in range(max(len(plan.placed) for plan in plans)):
            chosen = [(index, plan.placed[depth]) for index, plan in enumerate(plans) if len(plan.placed) > depth]
            for level in range(LEVELS):
                part = [(index, layer) for index, layer in chosen if level_of(layer.scale) == level]
                if part:
                    self.put(canvas, torch.tensor([index for index, _ in part]), [layer for _, layer in part], level)
        return recolour(canvas, [plan.colours for plan in plans])

    def put(self, canvas: Tensor, rows: Tensor, layers: list[Placed], level: int) -> None:
        """Sample every layer on the whole canvas and keep what its window shows."""
        size, device = canvas.shape[2], self.device
        places = torch.tensor([self.places[layer.number] for layer in layers], device=device)
        values = [[layer.scale, layer.left, layer.top, layer.mirrored, *layer.window] for layer in layers]
        scale, left, top, mirrored, x0, y0, x1, y1 = torch.tensor(values, dtype=torch.float32, device=device).T[
            ..., None
        ]
        height, width = self.sizes[places].T[..., None]
        at = torch.arange(size, dtype=torch.float32, device=device) + 0.5
        x, y = (at - left) / scale, (at - top) / scale  # (layers, size), in the stored picture's pixels
        x = torch.where(mirrored > 0, width - x, x).clamp(min=0.5).minimum(width - 0.5)
        y = y.clamp(min=0.5).minimum(height - 0.5)
        side = self.levels[0].shape[2]
        grid = torch.stack(torch.broadcast_tensors((x * 2 / side - 1)[:, None], (y * 2 / side - 1)[:, :, None]), 3)
        found = functional.grid_sample(
            self.levels[level][places].float(), grid, "bilinear", "border", align_corners=False
        )
        inside = ((at > x0) & (at < x1))[:, None, None] & ((at > y0) & (at < y1))[:, None, :, None]
        rows = rows.to(device)
        canvas[rows] = torch.where(inside, found, canvas[rows])


def level_of(scale: float) -> int:
    """Bilinear sampling takes two pixels a side: from below a half on they have to be larger ones."""
    return min(LEVELS - 1, sum(scale < 0.6 / 2**level for level in range(LEVELS - 1)))


def recolour(pictures: Tensor, colours: list[Colours]) -> Tensor:
    """As drawing.recolour, without its rounding: hue in turns of 180 steps, saturation and value up to 255."""
    values = [[one.hue, one.saturation, one.value, one.grey, one.blurred] for one in colours]
    factors = torch.tensor(values, dtype=torch.float32, device=pictures.device).T[..., None, None]
    hue_factor, saturation_factor, value_factor, grey, blurred = factors
    red, green, blue = pictures.unbind(1)
    value, lowest = pictures.amax(1), pictures.amin(1)
    spread = (value - lowest).clamp(min=1e-6)
    hue = torch.where(
        value == red,
        (green - blue) / spread,
        torch.where(value == green, 2 + (blue - red) / spread, 4 + (red - green) / spread),
    )
    hue = (hue % 6) * hue_factor  # in sixths of the circle
    saturation = ((value - lowest) / value.clamp(min=1e-6) * saturation_factor).clamp(max=1)
    value = (value * value_factor).clamp(max=255)
    channels = []
    for offset in (5, 3, 1):
        position = (offset + hue) % 6
        channels.append(value - value * saturation * torch.minimum(position, 4 - position).clamp(0, 1))
    changed = torch.stack(channels, 1)
    soft = functional.avg_pool2d(functional.pad(changed, (1, 1, 1, 1), "reflect"), 3, 1)
    changed = torch.where(blurred[:, None] > 0, soft, changed)
    plain = (0.299 * red + 0.587 * green + 0.114 * blue)[:, None].expand_as(pictures)
    return torch.where(grey[:, None] > 0, plain, changed)
