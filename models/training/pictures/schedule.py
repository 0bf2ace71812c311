"""Pictures seen so far -> learning rate, input size and augmentation.

Warm-up, then a long stretch that needs no end in sight (constant, later falling with the inverse square
root), then on request a decay of a chosen length at the largest sizes. The averaged weights can be used
at any time; the decay makes the most of whatever was learned until then.
"""

import math
from dataclasses import dataclass

from pictures.augment import Strength

WARM_UP = 6_000
CONSTANT_UNTIL = 100_000
LAST_SHARE_OF_RATE = 0.01
NATIVE_SIZE = 416
STRIDE = 32
# (until pictures seen, input sizes) of networks for NATIVE_SIZE; those for others have theirs in proportion. Few, because
# each is compiled once for minutes; what varies the objects' size is the augmentation. A step at 256 costs 44 % of one at
# 384, but buses and cars larger than 256 pixels have to be seen: after 24,000 pictures at 256 alone vehicles had AP50 .13
# at 256 and .03 at 416.
SIZES = ((30_000, (256,)), (300_000, (256, 256, 384)), (math.inf, (256, 384)))
# Weights that were trained already know large objects, and need no long warm-up.
TRAINED_SIZES = ((math.inf, (256, 256, 384)),)
TRAINED_WARM_UP = 2_000
DECAY_SIZES = (384,)


@dataclass(frozen=True)
class Schedule:
    rate: float = 2e-3
    decay_from: int | None = None  # pictures seen when the decay began
    decay_over: int = 0  # pictures
    sizes: tuple[tuple[float, tuple[int, ...]], ...] = SIZES
    warm_up: int = WARM_UP
    native: int = NATIVE_SIZE  # the input that the network is for, pixels

    def decayed(self, seen: int) -> float:
        """0 before the decay, 1 at its end."""
        if self.decay_from is None or seen <= self.decay_from:
            return 0.0
        return min(1.0, (seen - self.decay_from) / max(1, self.decay_over))

    def learning_rate(self, seen: int) -> float:
        rate = self.rate * min(1.0, (seen + 1) / self.warm_up)
        start = seen if self.decay_from is None else min(seen, self.decay_from)
        rate *= math.sqrt(CONSTANT_UNTIL / max(start, CONSTANT_UNTIL))
        share = (1 + math.cos(math.pi * self.decayed(seen))) / 2
        return rate * (LAST_SHARE_OF_RATE + (1 - LAST_SHARE_OF_RATE) * share)

    def size(self, seen: int, chance: float) -> int:
        """A multiple of STRIDE; `chance` in 0..1 chooses among the stage's sizes."""
        if self.decay_from is not None and seen >= self.decay_from:
            choices = DECAY_SIZES
        else:
            choices = next(sizes for until, sizes in self.sizes if seen < until)
        chosen = choices[min(int(chance * len(choices)), len(choices) - 1)]
        return STRIDE * round(chosen * self.native / NATIVE_SIZE / STRIDE)

    def strength(self, seen: int, size: int) -> Strength:
        """Objects as large as they will be at the native size, whatever the input: smaller inputs see parts of pictures.

        Mosaics and scales make unusual pictures; towards the end they give way to pictures as they are.
        """
        decayed = self.decayed(seen)
        enlarged = self.native / size
        return Strength(0.5 * (1 - decayed), (0.45 + 0.35 * decayed) * enlarged, (1.25 - 0.15 * decayed) * enlarged)
