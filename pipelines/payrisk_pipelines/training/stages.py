"""Steps as they are done: seconds and memory of each, told to whoever watches."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from payrisk_pipelines.training.memory import give_back, peak_gb
from payrisk_pipelines.training.train import Stage

BEGUN, DONE = "begun", "done"

Told = Callable[[str, str, str, float, float], None]
"""Hears model, step, begun or done, seconds and peak memory in GB."""


@dataclass(frozen=True)
class Step:
    """One step of one model: seconds it took and the peak memory of the process so far, in GB."""

    model: str
    step: str
    seconds: float
    peak_gb: float


@dataclass
class Clock:
    """Steps as they are done, told to whoever watches."""

    tell: Told
    steps: list[Step] = field(default_factory=list)

    def stage(self, model: str) -> Stage:
        """Times each step of a model."""

        @contextlib.contextmanager
        def timed(what: str) -> Iterator[None]:
            self.tell(model, what, BEGUN, 0.0, peak_gb())
            began = time.perf_counter()
            yield
            step = Step(model, what, round(time.perf_counter() - began, 2), peak_gb())
            self.steps.append(step)
            give_back()
            self.tell(model, what, DONE, step.seconds, step.peak_gb)

        return timed
