"""Twelve features as pandas users write them, naively and vectorised; prints JSON.

Inputs and columns as in `features.py`. A process of its own for each, so that its memory is seen.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd

Frames = dict[str, pd.DataFrame]
WINDOWS = (90, 365, None)


def merge_asof(frames: Frames) -> np.ndarray:
    """(12, n) by running sums per customer, looked up with `pandas.merge_asof`."""
    settled = frames["settled"].sort_values("day", kind="stable")
    late = settled["days_late"]
    settled = settled.assign(n=1, late=(late > 0).astype("int64"), squared=late * late)
    order = frames["moments"].sort_values("as_of", kind="stable")

    def sums(events: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        running = events.groupby("customer", sort=False)[columns].cumsum()
        running[["customer", "day"]] = events[["customer", "day"]]
        return running

    def before(running: pd.DataFrame, columns: list[str], back: int) -> pd.DataFrame:
        asked = pd.DataFrame({"customer": order["customer"], "on": order["as_of"] - back})
        found = pd.merge_asof(
            asked, running, left_on="on", right_on="day", by="customer", allow_exact_matches=False
        )
        return found[columns].fillna(0)

    columns = ["n", "days_late", "late", "squared"]
    running = sums(settled, columns)
    now = before(running, columns, 0)
    total = {None: now} | {w: now - before(running, columns, w) for w in (90, 365)}
    out: list[pd.Series] = [total[w]["n"] for w in WINDOWS]
    out += [total[w]["days_late"] / total[w]["n"] for w in WINDOWS]
    out += [total[w]["late"] / total[w]["n"] for w in WINDOWS]
    spread = now["squared"] - now["days_late"] ** 2 / now["n"]
    out.append(np.sqrt(spread.clip(lower=0) / (now["n"] - 1)).where(now["n"] > 1))
    running = sums(frames["issued"].sort_values("day", kind="stable"), ["amount"])
    out.append((before(running, ["amount"], 0) - before(running, ["amount"], 365))["amount"])
    running = sums(frames["changes"].sort_values("day", kind="stable"), ["cents"])
    out.append(before(running, ["cents"], 0)["cents"])
    values = np.empty((12, len(order)), dtype=np.float32)
    values[:, order.index.to_numpy()] = np.stack([column.to_numpy() for column in out])
    return values


def naive(frames: Frames, rows: np.ndarray) -> np.ndarray:
    """(12, n) of some moments: group by customer once, then a mask for each moment and window."""
    by = {name: dict(list(frame.groupby("customer"))) for name, frame in frames.items()}
    nothing = {name: frame.iloc[:0] for name, frame in frames.items()}
    out = np.empty((12, len(rows)), dtype=np.float32)
    for at, (customer, day) in enumerate(frames["moments"].iloc[rows].itertuples(index=False)):
        settled = by["settled"].get(customer, nothing["settled"])
        n, mean, late = [], [], []
        for window in WINDOWS:
            seen = settled["day"] < day
            if window is not None:
                seen &= settled["day"] >= day - window
            days_late = settled.loc[seen, "days_late"]
            n.append(len(days_late))
            mean.append(days_late.mean())
            late.append((days_late > 0).mean())
        std = settled.loc[settled["day"] < day, "days_late"].std()
        issued = by["issued"].get(customer, nothing["issued"])
        recent = (issued["day"] < day) & (issued["day"] >= day - 365)
        changes = by["changes"].get(customer, nothing["changes"])
        owing = changes.loc[changes["day"] < day, "cents"].sum()
        out[:, at] = [*n, *mean, *late, std, issued.loc[recent, "amount"].sum(), owing]
    return out


def main() -> None:
    """Read, work, write the values, print the CPU seconds of the work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("how", choices=["merge_asof", "naive"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sample", type=int, default=500)
    given = parser.parse_args()
    names = ("settled", "issued", "changes", "moments")
    frames = {name: pd.read_parquet(given.folder / f"{name}.parquet") for name in names}
    n = len(frames["moments"])
    rows = np.arange(n)
    if given.how == "naive":
        rows = np.sort(np.random.default_rng(0).choice(n, min(n, given.sample), replace=False))
        start = time.process_time()
        naive(frames, rows[:0])
        grouped = time.process_time() - start
        values = naive(frames, rows)
        whole = time.process_time() - start
        cpu = grouped + (whole - 2 * grouped) * n / len(rows)  # grouped twice, masked once
    else:
        for _ in range(2):  # the first turn brings in the memory, as for our own
            values = None
            start = time.process_time()
            values = merge_asof(frames)
            cpu = time.process_time() - start
    assert values is not None
    np.savez(given.out, rows=rows, values=values)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps({"rows": n, "cpu_s": cpu, "peak_gb": peak}))


if __name__ == "__main__":
    main()
