"""glibc -> one that keeps what is freed for the next step.

By default it maps every tensor of megabytes anew and gives it back after use, and the kernel clears each page of it again,
though a step takes and frees the same gigabytes as the one before.
"""

import ctypes

# malloc.h
M_TRIM_THRESHOLD = -1
M_MMAP_MAX = -4
M_ARENA_MAX = -8

NEVER = -1


def keep_memory() -> None:
    """Of this process, from now on. Nothing happens where the C library is another one."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    mallopt(M_ARENA_MAX, 1)
    mallopt(M_MMAP_MAX, 0)
    mallopt(M_TRIM_THRESHOLD, NEVER)
