"""A home with a made-up company and every champion, made once and asked by several benchmarks."""

from __future__ import annotations

import shutil
from pathlib import Path

from _running import child, say


def home_of(folder: Path, customers: int, months: int) -> Path:
    """A home with a made-up company and every champion, trained if none of this code is there."""
    home = folder / f"decisions-{customers}-{months}"
    if not (home / "ready").exists() or not_served(home):
        shutil.rmtree(home, ignore_errors=True)
        say(f"training the champions of {customers} customers over {months} months ...")
        child("decisions.py", "--make", home, "--customers", customers, "--months", months)
        (home / "ready").touch()
    return home


def not_served(home: Path) -> list[str]:
    """Champions that are missing or that this version of payrisk cannot read."""
    from payrisk import answers

    return [row["name"] for row in answers.read_answers(home).models() if not row["is_available"]]
