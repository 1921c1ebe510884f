"""Twelve features by featuretools with cutoff times, in an environment of its own; prints JSON.

Inputs and columns as in `features.py`; nothing of payrisk is needed here.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import resource
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

WINDOWS = ("90 days", "365 days", None)
VALUES = {"settled": ["days_late", "late"], "issued": ["amount"], "changes": ["cents"]}


def entities(ft: Any, frames: dict[str, pd.DataFrame]) -> Any:
    """The inputs as an entity set: customers with their settled, issued and changes."""
    es = ft.EntitySet("books")
    customers = pd.DataFrame({"customer": frames["moments"]["customer"].unique()})
    es.add_dataframe(customers, dataframe_name="customers", index="customer")
    for name, columns in VALUES.items():
        frame = frames[name]
        if name == "settled":
            frame = frame.assign(late=frame["days_late"] > 0)
        frame = frame.astype(dict.fromkeys(columns, "float64"))
        frame["day"] = pd.to_datetime(frame["day"], unit="D")
        frame["row"] = np.arange(len(frame))
        types = dict.fromkeys(columns, "Double")
        es.add_dataframe(frame, name, index="row", time_index="day", logical_types=types)
        es.add_relationship("customers", "customer", name, "customer")
    return es


def twelve(ft: Any, frames: dict[str, pd.DataFrame]) -> np.ndarray:
    """(12, n) of every moment; each window is a calculation of its own."""
    es, moments = entities(ft, frames), frames["moments"]

    def of(name: str, column: str, how: str) -> Any:
        base = ft.Feature(es[name].ww[column])
        primitive = getattr(ft.primitives, how)
        return ft.Feature(base, parent_dataframe_name="customers", primitive=primitive)

    means = [of("settled", column, "Mean") for column in VALUES["settled"]]
    settled = [of("settled", "row", "Count"), *means]
    std, owing = of("settled", "days_late", "Std"), of("changes", "cents", "Sum")
    amount = of("issued", "amount", "Sum")
    when = pd.to_datetime(moments["as_of"], unit="D")
    asked = pd.DataFrame({"customer": moments["customer"], "time": when})
    distinct = asked.drop_duplicates().sort_values(["time", "customer"])
    found = {}
    for window in WINDOWS:
        more = {None: [std, owing], "365 days": [amount]}.get(window, [])
        matrix = ft.calculate_feature_matrix(
            [*settled, *more],
            es,
            cutoff_time=distinct,
            training_window=window,
            include_cutoff_time=False,
            cutoff_time_in_index=True,
        )
        rows = pd.MultiIndex.from_frame(asked)
        found[window] = matrix.reindex(rows)
    names = [feature.get_name() for feature in settled]
    out = [found[w][name] for name in names for w in WINDOWS]
    out += [found[None][std.get_name()]]
    out += [found["365 days"][amount.get_name()].fillna(0)]
    out += [found[None][owing.get_name()].fillna(0)]
    return np.stack([column.to_numpy(dtype=np.float32) for column in out])


def main() -> None:
    """Read, work, write the values, print the CPU seconds of the work."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    ft = importlib.import_module("featuretools")
    names = (*VALUES, "moments")
    frames = {name: pd.read_parquet(given.folder / f"{name}.parquet") for name in names}
    start = time.process_time()
    values = twelve(ft, frames)
    cpu = time.process_time() - start
    np.savez(given.out, rows=np.arange(values.shape[1]), values=values)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    said = {"rows": values.shape[1], "cpu_s": cpu, "peak_gb": peak, "version": ft.__version__}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
