"""What a model costs is the model's own cost, not that of the machine's other work."""

from __future__ import annotations

import time
from itertools import accumulate

from payrisk.learning.judging.gates import ASKED_TIMES, MOST_MS, serving_cost
from payrisk_pipelines.training.train import PROCESSOR


def clock_of(seconds):
    """A clock that shows so many seconds of each answer, and none between."""
    ends = list(accumulate(seconds))
    shown = iter([time for end, took in zip(ends, seconds) for time in (end - took, end)])
    return lambda: next(shown)


def milliseconds(seconds):
    return serving_cost({}, lambda: None, clock_of(seconds))[1]


def test_other_work_on_the_machine_refuses_no_model():
    busy = [9.0] + [5.0] * (ASKED_TIMES - 1) + [0.2]
    check = milliseconds(busy)
    assert (check.value, check.outcome) == (200.0, "passed")


def test_waiting_for_the_processor_costs_nothing():
    check = serving_cost({}, lambda: time.sleep(0.02), PROCESSOR)[1]
    assert check.value < 15


def test_a_slow_model_is_refused_however_fast_its_first_answer():
    check = milliseconds([0.1] + [MOST_MS / 1000 + 0.1] * ASKED_TIMES)
    assert (check.value, check.outcome) == (600.0, "refused")


def test_the_size_is_of_all_files():
    check = serving_cost({"a": b"x" * 1_500_000, "b": b"x" * 500_000}, lambda: None, lambda: 0.0)[
        0
    ]
    assert (check.value, check.outcome) == (2.0, "passed")
