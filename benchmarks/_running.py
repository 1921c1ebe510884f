"""Run a part of a benchmark in a process of its own, on a made-up company of a given size."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MONTHS, INVOICES_A_CUSTOMER = 36, 100
SETTING = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")} | {
    # freed memory is kept for the next part: getting it anew can cost more than using it
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),
}
"""What every contender's process is started with."""


def say(text: str) -> None:
    """Progress, where it does not disturb the result."""
    print(text, file=sys.stderr, flush=True)


def child(script: str, *given: object, python: Path | None = None) -> dict[str, Any]:
    """Run a script beside this one and read the JSON it prints; raises SystemExit if it fails."""
    command = [str(python or sys.executable), str(HERE / script), *map(str, given)]
    env = os.environ | SETTING
    if script != "_engine.py":  # if we turn huge pages off, the others keep what is best for them
        env.pop("NUMPY_MADVISE_HUGEPAGE", None)
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{script} {given[0]} failed; its own words stand above.")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def company(folder: Path, invoices: int, seed: int, blocks: int, cut: int = 1) -> Path:
    """The folder of a made-up company of about so many invoices, made if need be."""
    customers = max(8, -(-invoices // INVOICES_A_CUSTOMER))
    path = folder / f"company-{customers}-{MONTHS}-{seed}-{blocks}-{cut}"
    say(f"company of {customers:,} customers over {MONTHS} months ...")
    sizes = ("--customers", customers, "--months", MONTHS, "--seed", seed)
    made = child("_company.py", path, *sizes, "--blocks", blocks, "--cut", cut)
    say(f"  {made['invoices']:,} invoices in {made['parts']} parts")
    return path
