"""What only `./payrisk test --full` tries, and how much more it tries of all else."""

from __future__ import annotations

import os

import pytest

FULL = os.environ.get("PAYRISK_FULL") == "1"

at_size = pytest.mark.skipif(not FULL, reason="a benchmark, run whole: ./payrisk test --full")
