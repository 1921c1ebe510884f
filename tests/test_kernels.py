"""The law of bits (see payrisk.arrays) under the kernels of other processors and more threads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from support.full import at_size
from support.kernels.answers import all_told

pytestmark = pytest.mark.long

PROGRAM = Path(__file__).parent / "support" / "kernels" / "answers.py"
SIMD = np.show_config(mode="dicts")["SIMD Extensions"]
FOUND = set(SIMD.get("found", []))
DISPATCHED = [*SIMD.get("found", []), *SIMD.get("not found", [])]
"""What this NumPy can be told to do without, by its own names: they change with its version."""
OF_AVX512 = [name for name in DISPATCHED if name.startswith(("X86_V4", "AVX512"))]
HAS_AVX512 = bool({"X86_V4", "AVX512_SKX"} & FOUND)
HAS_AVX2 = bool({"X86_V3", "AVX2"} & {*FOUND, *SIMD.get("baseline", [])})

KERNELS = {
    "Haswell": (1, HAS_AVX2, {"Haswell"}),
    "SkylakeX": (2, HAS_AVX512, {"SkylakeX"}),
    "Zen": (3, HAS_AVX2, {"Zen", "Haswell"}),  # some builds have one kernel for both
    "Sandybridge": (4, HAS_AVX2, {"Sandybridge"}),
}
"""Threads to try, whether this processor can run it, and what OpenBLAS then calls itself."""


@pytest.fixture(scope="module")
def usual():
    """What is said here, with whatever kernels this machine picks."""
    return all_told()


def told(threads, **environment):
    counts = {f"{name}_NUM_THREADS": str(threads) for name in ("OMP", "OPENBLAS")}
    tests = os.pathsep.join([str(PROGRAM.parents[2]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, PROGRAM],
        env=os.environ | counts | {"PYTHONPATH": tests} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def moved(one, other):
    return [name for name, digest in one["bits"].items() if other["bits"][name] != digest]


def test_rows_asked_for_one_by_one_are_answered_as_all_together(usual):
    assert usual["apart"] == []


OF_ANOTHER_MACHINE = "Haswell"
"""What most processors without AVX-512 pick; the others are tried at size."""


@pytest.mark.parametrize(
    "kernel",
    [pytest.param(name, marks=() if name == OF_ANOTHER_MACHINE else at_size) for name in KERNELS],
)
def test_the_kernel_that_blas_picks_moves_no_bit(usual, kernel):
    threads, can_run, names = KERNELS[kernel]
    if not can_run:
        pytest.skip(f"this processor cannot run OpenBLAS's {kernel} kernels")
    there = told(threads, OPENBLAS_CORETYPE=kernel)
    if not names & set(there["kernels"]):
        pytest.skip(f"the BLAS of this NumPy has no {kernel} kernels")
    assert there["apart"] == []
    assert moved(usual, there) == []
    assert there["numbers"] == usual["numbers"]


@pytest.mark.parametrize(
    ("without", "what", "threads"),
    [
        pytest.param(OF_AVX512, "AVX-512", 2, marks=at_size),
        (DISPATCHED, "vectors beyond the least it needs", 1),
    ],
    ids=["without AVX-512", "without AVX2"],
)
def test_vectors_move_no_bit_but_the_last_of_logarithms(usual, without, what, threads):
    if not set(without) & FOUND:
        pytest.skip(f"this processor has no {what}, or this NumPy does not use it")
    there = told(threads, NPY_DISABLE_CPU_FEATURES=" ".join(without))
    assert not set(without) & set(there["features"])
    assert there["apart"] == []
    assert moved(usual, there) == []
    for name, numbers in usual["numbers"].items():
        assert there["numbers"][name] == pytest.approx(numbers, rel=1e-12, abs=1e-12), name
