"""The memory of this process: its peak, and what was freed given back to the system."""

from __future__ import annotations

import ctypes
import gc
import resource
import sys

KIB_A_GB = 2**20


def peak_gb() -> float:
    """The most that this process ever held, in GB (2^30 bytes)."""
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round((kib / 1024 if sys.platform == "darwin" else kib) / KIB_A_GB, 2)


def give_back() -> None:
    """Give what was freed back to the system, so that the next step does not need it twice.

    glibc keeps it, a heap for each thread that ever fitted something; other systems see to it.
    """
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
