"""What only `./payrisk test --full` tries, and how much more it tries of all else."""

from __future__ import annotations

import os

import pytest

from payrisk.languages import LANGUAGES

FULL = os.environ.get("PAYRISK_FULL") == "1"

TRIED_LANGUAGES = LANGUAGES if FULL else ("de", "el", "pl")
"""Of another alphabet and of other plurals; that each has every string is tried elsewhere."""

at_size = pytest.mark.skipif(not FULL, reason="a benchmark, run whole: ./payrisk test --full")
