"""Our features: twelve, all of them, or all of a company in parts; prints JSON.

A process of its own for each, so that its memory is seen.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet as pq

from payrisk.features import LedgerStreams, Moments, build
from payrisk.features.computing.partitioned import build_parts
from payrisk.ledger.stored.partitions import part_numbers, read_part

GIVEN = ("settled", "issued", "open")
"""Sources whose items hold what the peers' tables do."""


def whole(folder: Path, out: Path | None, names: list[str] | None) -> dict[str, float]:
    """A ledger in one part: CPU seconds to know it, and to make the streams and the features.

    All features are timed from the timeline on, everything made anew. Where only some are asked
    for, the items and moments that the peers are given as tables are made before the clock
    starts, and their seconds told apart. The first of two turns only brings in the memory, which
    on a virtual machine can take longer than the work; its seconds are told too.
    """
    start = time.process_time()
    ledger = read_part(folder, 0)
    read = time.process_time()
    assert len(ledger.timeline.invoice)
    told = time.process_time()
    took, items = [], 0.0
    for _ in range(2):
        moments = found = None
        ledger.derived.clear()
        if names:
            begin = time.process_time()
            assert all(len(LedgerStreams.of(ledger).items(source)) for source in GIVEN)
            items = time.process_time() - begin
        moments = Moments.at_issue(ledger)
        begin = time.process_time()
        found = build(LedgerStreams.of(ledger), moments, names)
        took.append(time.process_time() - begin)
    assert found is not None
    assert moments is not None
    if out:
        values = np.empty_like(found.values)
        values[:, moments.invoice] = found.values
        np.savez(out, rows=np.arange(len(found)), values=values)
    return {
        "rows": len(found),
        "columns": len(found.names),
        "read_cpu_s": read - start,
        "timeline_cpu_s": told - read,
        "items_cpu_s": items,
        "first_cpu_s": took[0],
        "cpu_s": took[1],
    }


def parts(folder: Path, out: Path, at_least: int) -> dict[str, float]:
    """As many parts as have so many invoices, end to end: read, tell, build all, write."""
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out) as some:
        rows = 0
        for number in part_numbers(folder):
            if rows < at_least:
                part = (folder / f"part-{number:05d}").resolve()
                (Path(some) / part.name).symlink_to(part)
                rows += pq.read_metadata(part / "invoices.parquet").num_rows
        start = time.process_time()
        built = build_parts(Path(some), out, Moments.at_issue)
        cpu = time.process_time() - start
    assert sum(one.moments for one in built) == rows
    size = sum(one.path.stat().st_size for one in built) / 1e9
    return {"rows": rows, "parts": len(built), "written_gb": size, "cpu_s": cpu}


def main() -> None:
    """Work and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("how", choices=["whole", "parts"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--names", nargs="+", help="only these features")
    parser.add_argument("--at-least", type=int, default=0, help="invoices of the parts")
    given = parser.parse_args()
    if given.how == "whole":
        said = whole(given.folder, given.out, given.names)
    else:
        said = parts(given.folder, given.out, given.at_least)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps(said | {"peak_gb": peak}))


if __name__ == "__main__":
    main()
