"""How fast features are built: all of them, in parts, and twelve of them beside the usual ways.

    payrisk bench features [--json] [--folder CACHE] [--runs 3] [--quick]

Every contender works in a process of its own on one thread; what counts is its CPU seconds, the
median of interleaved runs, without reading its inputs, of the second turn in the process where
that takes seconds. The made-up companies are made beforehand
into CACHE and kept there. The twelve columns, at the issue of every invoice: number, mean days
late and share late of the invoices settled in 90 days, 365 days and ever; spread of the days late
ever; amount issued in 365 days; amount open now. All contenders read them from one plain ledger
(one currency, nothing taken back): ours from its items, the others from three tables that hold
the same. Their values are compared with ours.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from _running import child, company, say

BLOCKS_A_PART = 2
"""Blocks of the simulation that make one part: about 400,000 invoices."""

WINDOWS = ("90d", "365d", "all")
TWELVE = (
    *(f"customer__settled__n__{w}" for w in WINDOWS),
    *(f"customer__days_late__mean__{w}" for w in WINDOWS),
    *(f"customer__late0__share__{w}" for w in WINDOWS),
    "customer__days_late__std__all",
    "customer__amount__sum__365d",
    "customer__open__sum__now",
)
FEATURETOOLS = ("featuretools==1.31.0", "pandas>=2.2,<3", "pyarrow>=18", "setuptools<81")


def plain(path: Path) -> Path:
    """The contenders' inputs of a company in one part."""
    place = path.with_name(f"plain-{path.name}")
    made = child("_company.py", place, "--plain", path)
    say(f"  plain: {made['invoices']:,} invoices, {made['left_out']:,} left out")
    return place


def featuretools(folder: Path) -> Path | None:
    """The Python of an environment that has featuretools; None where it cannot be installed."""
    home = folder / "featuretools"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = home / "ready"
    if ready.exists():
        return python
    say("installing featuretools in an environment of its own ...")
    tools = {"PYTHONPATH": str(Path(sys.prefix) / "tools")}
    uv = [sys.executable, "-m", "uv"]
    ways: tuple[tuple[list[object], list[object], dict[str, str]], ...] = (
        ([*uv, "venv", home], [*uv, "pip", "install", "--python", python, *FEATURETOOLS], tools),
        (
            [sys.executable, "-m", "venv", home],
            [python, "-m", "pip", "install", *FEATURETOOLS],
            {},
        ),
    )
    for make, install, more in ways:
        steps = [
            subprocess.run(
                [str(word) for word in words],
                env=os.environ | more,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            ).returncode
            for words in (make, install)
        ]
        if not any(steps):
            ready.touch()
            return python
    say("  it cannot be installed here, so its ratio stays null")
    return None


def speed(one: dict[str, Any]) -> float:
    """Rows a CPU second of a run."""
    return float(one["rows"] / one["cpu_s"])


def differing(ours: Path, theirs: Path) -> int:
    """How many values of a peer are not ours, to five digits."""
    with np.load(ours) as own, np.load(theirs) as other:
        one, two = own["values"][:, other["rows"]], other["values"]
    return int((~np.isclose(one, two, rtol=1e-5, atol=1e-5, equal_nan=True)).sum())


def beside(folder: Path, given: argparse.Namespace, found: dict[str, Any]) -> None:
    """All features and twelve of them on about a million invoices, beside the usual ways."""
    few = given.sizes[0]
    whole = company(folder, few, given.seed, blocks=10**6)
    inputs = plain(whole)
    outs = {name: folder / f"{name}.npz" for name in ("ours", "merge_asof", "naive")}
    ways: dict[str, tuple[object, ...]] = {
        "full": ("_engine.py", "whole", whole),
        "ours": ("_engine.py", "whole", inputs, outs["ours"], "--names", *TWELVE),
        "merge_asof": ("_peers.py", "merge_asof", inputs, outs["merge_asof"]),
        "naive": ("_peers.py", "naive", inputs, outs["naive"], "--sample", given.sample),
    }
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in ways}
    for turn in range(given.runs):
        say(f"run {turn + 1} of {given.runs} on one ledger ...")
        for name, (script, *words) in ways.items():
            runs[name].append(child(str(script), *words))
            say(f"  {name}: {runs[name][-1]['cpu_s']:,.2f} CPU s")
    rate = {name: median(map(speed, many)) for name, many in runs.items()}
    full = runs["full"]
    found |= {
        "rows": full[0]["rows"],
        "columns": full[0]["columns"],
        "full_rows_per_cpu_s": rate["full"],
        "full_with_timeline_rows_per_cpu_s": median(
            one["rows"] / (one["timeline_cpu_s"] + one["cpu_s"]) for one in full
        ),
        "full_peak_gb": max(one["peak_gb"] for one in full),
        "twelve_rows_per_cpu_s": rate["ours"],
        "twelve_peak_gb": max(one["peak_gb"] for one in runs["ours"]),
    }
    for name in ("naive", "merge_asof"):
        together = zip(runs["ours"], runs[name], strict=True)
        found[f"ratio_{name}"] = median(speed(own) / speed(other) for own, other in together)
        found[f"{name}_rows_per_cpu_s"] = rate[name]
        found[f"{name}_peak_gb"] = max(one["peak_gb"] for one in runs[name])
        found[f"{name}_values_differing"] = differing(outs["ours"], outs[name])


def beside_featuretools(folder: Path, given: argparse.Namespace, found: dict[str, Any]) -> None:
    """The same twelve beside featuretools, on a tenth of the invoices: it would take hours."""
    found |= dict.fromkeys(
        ("ratio_featuretools", "featuretools_rows_per_cpu_s", "featuretools_values_differing")
    )
    python = featuretools(folder) if given.featuretools else None
    if python is None:
        return
    inputs = plain(company(folder, given.sizes[0] // 10, given.seed, blocks=10**6))
    ours, theirs = folder / "ours-tenth.npz", folder / "featuretools.npz"
    asked = ("whole", inputs, ours, "--names", *TWELVE)
    own = [child("_engine.py", *asked) for _ in range(given.runs)]
    say("featuretools, once ...")
    other = child("_featuretools.py", inputs, theirs, python=python)
    found["ratio_featuretools"] = median(map(speed, own)) / speed(other)
    found["featuretools_rows_per_cpu_s"] = speed(other)
    found["featuretools_values_differing"] = differing(ours, theirs)


def in_parts(folder: Path, given: argparse.Namespace, found: dict[str, Any]) -> None:
    """The larger company in parts, end to end, and as much of it as the smaller size."""
    few, many = given.sizes
    blocks, cut = (10**6, 6) if given.quick else (BLOCKS_A_PART, 1)
    path = company(folder, many, given.seed, blocks, cut)
    took = {}
    for size in (few, many):
        say(f"{size:,} invoices in parts, end to end ...")
        with tempfile.TemporaryDirectory(dir=folder) as out:
            took[size] = child("_engine.py", "parts", path, out, "--at-least", size)
        say(f"  {took[size]['cpu_s']:,.1f} CPU s, {took[size]['peak_gb']:.2f} GB")
    cpu, rows = took[many]["cpu_s"] / took[few]["cpu_s"], took[many]["rows"] / took[few]["rows"]
    found |= {
        "ten_million_cpu_s": took[many]["cpu_s"],
        "ten_million_peak_gb": took[many]["peak_gb"],
        "ten_million_rows": took[many]["rows"],
        "ten_million_parts": took[many]["parts"],
        "ten_million_written_gb": took[many]["written_gb"],
        "one_million_in_parts_cpu_s": took[few]["cpu_s"],
        "one_million_in_parts_rows": took[few]["rows"],
        "scaling_exponent": math.log(cpu) / math.log(rows),
    }


def main() -> None:
    """Print a table, or JSON."""
    home = Path(os.environ.get("PAYRISK_HOME") or tempfile.gettempdir())
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=home / "benchmarks", help="cache")
    parser.add_argument("--sizes", type=int, nargs=2, help="invoices whole, and in parts")
    parser.add_argument("--runs", type=int, help="interleaved runs; default 3")
    parser.add_argument("--sample", type=int, help="moments of the naive way; default 500")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--featuretools", action=argparse.BooleanOptionalAction, default=None)
    parser.add_argument("--quick", action="store_true", help="a small run that proves nothing")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    given.sizes = given.sizes or ([3_000, 9_000] if given.quick else [1_000_000, 10_000_000])
    if given.sizes[0] >= given.sizes[1]:
        parser.error("the size in parts must be the larger one")
    given.runs = given.runs or (1 if given.quick else 3)
    given.sample = given.sample or (40 if given.quick else 500)
    if given.featuretools is None:
        given.featuretools = not given.quick
    given.folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {}
    beside(given.folder, given, found)
    beside_featuretools(given.folder, given, found)
    in_parts(given.folder, given, found)
    if given.json:
        print(json.dumps(found))
        return
    width = max(map(len, found))
    for name, value in found.items():
        shown = f"{value:,.2f}" if isinstance(value, float) else f"{value or 0:,}"
        print(f"{name:<{width}}  {'null' if value is None else shown:>16}")


if __name__ == "__main__":
    main()
