"""Pictures -> 64-bit difference hashes, and which of them show nearly the same as a test picture."""

import cv2
import numpy as np

NEAR_BITS = 8  # of 64; unrelated photographs differ in about 32


def difference_hash(pixels: np.ndarray) -> np.ndarray:
    """64 bits: is each cell of a 9 x 8 grey thumbnail darker than its right neighbour?"""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    return (small[:, 1:] > small[:, :-1]).ravel()


def hashes_of(pixels: np.ndarray) -> np.ndarray:
    """The hashes (2, 64) of a picture and of its mirror image."""
    return np.stack([difference_hash(pixels), difference_hash(pixels[:, ::-1])])


def nearest_distance(hashes: np.ndarray, test_hashes: np.ndarray) -> int:
    """Fewest differing bits between `hashes` (k, 64) and `test_hashes` (m, 64)."""
    if len(test_hashes) == 0:
        return 64
    return int((hashes[:, None] != test_hashes[None]).sum(2).min())
