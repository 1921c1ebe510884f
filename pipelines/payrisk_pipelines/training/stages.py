"""Steps as they are done: seconds and peak memory of each, told to whoever watches."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

BEGUN, DONE = "begun", "done"
KIB_A_GB = 2**20

EnterStep = Callable[[str], AbstractContextManager[object]]
"""Told of each step, in words, as it begins and ends."""
WatchSteps = Callable[[str, str, str, float, float], None]
"""Hears model, step, begun or done, seconds and peak memory in GB."""


@dataclass(frozen=True)
class Step:
    """One step of one model: seconds it took and the peak memory of the process so far, in GB."""

    model: str
    step: str
    seconds: float
    peak_gb: float


@dataclass
class StepClock:
    """Times the steps of a run, and gives back the memory that each of them freed."""

    tell: WatchSteps
    steps: list[Step] = field(default_factory=list)

    def steps_of(self, model: str) -> EnterStep:
        """Times each step of a model."""

        @contextlib.contextmanager
        def timed(what: str) -> Iterator[None]:
            self.tell(model, what, BEGUN, 0.0, peak_gb())
            began = time.perf_counter()
            yield
            step = Step(model, what, round(time.perf_counter() - began, 2), peak_gb())
            self.steps.append(step)
            release_freed_memory()
            self.tell(model, what, DONE, step.seconds, step.peak_gb)

        return timed


def without_step_clock(_what: str) -> AbstractContextManager[object]:
    """Where nobody watches the steps."""
    return nullcontext()


def peak_gb() -> float:
    """The most memory that this process ever held, in GB (2^30 bytes)."""
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round((kib / 1024 if sys.platform == "darwin" else kib) / KIB_A_GB, 2)


def release_freed_memory() -> None:
    """Give the memory that was freed back to the system, so that the next step finds it there.

    glibc keeps it, a heap for each thread that ever fitted something; other systems see to it.
    """
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
