"""Published forecasts: immutable, named by day and model, verified whenever they are read."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from payrisk.arrays import Cents
from payrisk.calendar import day_of, iso
from payrisk.errors import InputError, StoreError

FORMAT = 1
FOLDER = "forecasts"
NAME = re.compile(r"\d{4}-\d{2}-\d{2}-[A-Za-z0-9_.]+(-[A-Za-z0-9_.]+)*-\d+", re.ASCII)

TABLES = (
    "invoices", "expected", "adjusted", "not_issued", "totals", "rates", "closed_days",
    "overrides",
)  # fmt: skip
"""What is frozen, one Parquet file each.

invoices: what was open (cents); expected: model-only cents by day, beyond, never; adjusted: the
same with promises and user dates, its own rows first named by `row`; not_issued: cents of invoices
not yet issued, by currency and day (`starts_on`); totals: flat records at every
grain with quantiles; rates: the rates known; closed_days: entity_id, day; overrides.
"""


@dataclass(frozen=True)
class Snapshot:
    """A forecast as it was published. Frames as in TABLES, money in cents, days as numbers."""

    name: str
    manifest: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]

    @property
    def as_of(self) -> int:
        """The morning it was made for."""
        return day_of(self.manifest["as_of"])

    @property
    def horizon_days(self) -> int:
        """Days it looks ahead."""
        return int(self.manifest["horizon_days"])

    @property
    def last_day(self) -> int:
        """Its last day."""
        return self.as_of + self.horizon_days - 1

    @property
    def invoices(self) -> pd.DataFrame:
        """The invoices that were open, one row each."""
        return self.tables["invoices"]

    @property
    def expected(self) -> Cents:
        """(n, h + 2) cents by day, beyond, never, by the model alone."""
        return np.asarray(self.tables["expected"].to_numpy(np.int64))

    def view(self, *, adjusted: bool) -> tuple[pd.DataFrame, Cents]:
        """The invoices and their cents by day, by the model alone or with what people said."""
        if not adjusted:
            return self.invoices, self.expected
        table = self.tables["adjusted"]
        rows = self.invoices.iloc[table["row"].to_numpy()].reset_index(drop=True)
        rows = rows.assign(covered=table["covered"], residual=table["residual"])
        cents = table.drop(columns=["row", "covered", "residual"]).to_numpy(np.int64)
        return rows, cents


def publish(
    home: Path,
    manifest: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
) -> Snapshot:
    """Keep a forecast for ever and return it with its name `<as_of>-<model version>-<n>`.

    manifest: as_of (ISO), model_version, horizon_days and whatever else explains the figures.
    Raises StoreError when it cannot be written.
    """
    version = re.sub(r"[^A-Za-z0-9_.]+", "-", str(manifest["model_version"])).strip("-") or "0"
    content = {name: _parquet(tables[name]) for name in TABLES}
    entry: dict[str, Any] = {**manifest, "format": FORMAT}
    entry["files"] = {
        f"{name}.parquet": {
            "sha256": hashlib.sha256(data).hexdigest(),
            "bytes": len(data),
            "rows": len(tables[name]),
        }
        for name, data in content.items()
    }
    folder = home / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        half = folder / f".half-{secrets.token_hex(4)}"
        half.mkdir()
        try:
            for name, data in content.items():
                _kept(half / f"{name}.parquet", data)
            for n in range(1, 100_000):
                name = f"{entry['as_of']}-{version}-{n}"
                if (folder / name).exists():
                    continue
                entry["name"] = name
                _kept(half / "manifest.json", json.dumps(entry, indent=2, sort_keys=True).encode())
                try:
                    half.rename(folder / name)
                except OSError:  # another took this number meanwhile
                    if not (folder / name).exists():
                        raise
                    (half / "manifest.json").unlink()
                    continue
                break
        finally:
            if half.exists():
                shutil.rmtree(half)
    except OSError as error:
        raise StoreError(
            f"The forecast cannot be published under {folder} ({error.strerror or error});"
            " free some space or choose another --home."
        ) from None
    return read(home, name)


def names(home: Path) -> list[str]:
    """Every published forecast, by day, then as published."""
    folder = home / FOLDER
    if not folder.is_dir():
        return []
    published = [p.name for p in folder.iterdir() if p.is_dir() and NAME.fullmatch(p.name)]
    return sorted(published, key=lambda name: (name[:10], name[10:].rpartition("-")[0], _n(name)))


def manifest(home: Path, name: str) -> dict[str, Any]:
    """What is known of a published forecast without its figures; raises as `read`."""
    if not NAME.fullmatch(name):
        raise InputError(f"'{name[:80]}' names no forecast; 'payrisk forecast list' shows them.")
    try:
        entry = json.loads((home / FOLDER / name / "manifest.json").read_text("utf-8"))
        required = {f"{table}.parquet" for table in TABLES}
        if entry["format"] != FORMAT or entry["name"] != name or set(entry["files"]) != required:
            raise ValueError
        day_of(entry["as_of"]), int(entry["horizon_days"])
    except FileNotFoundError:
        raise StoreError(
            f"No forecast '{name}' is published; 'payrisk forecast list' shows them."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, InputError):
        raise _damaged(name, "manifest.json") from None
    return dict(entry)


def read(home: Path, name: str) -> Snapshot:
    """A published forecast, every file verified by its hash.

    Raises InputError for what is no name, StoreError when there is none or it is damaged.
    """
    entry = manifest(home, name)
    tables = {}
    for table in TABLES:
        file = f"{table}.parquet"
        try:
            data = (home / FOLDER / name / file).read_bytes()
        except OSError:
            raise _damaged(name, file) from None
        if hashlib.sha256(data).hexdigest() != entry["files"][file]["sha256"]:
            raise _damaged(name, file)
        tables[table] = pd.read_parquet(io.BytesIO(data))
    return Snapshot(name, entry, tables)


def compare(before: Snapshot, after: Snapshot, *, adjusted: bool = False) -> pd.DataFrame:
    """What changed from one forecast to another over the days that both look at, in cents.

    Per currency: before − gone (invoices no longer open) + new (not open before) + later or
    sooner (`revised`, of those open in both) = after, to the cent; starts_on, ends_on say which
    days. Raises InputError when they have no day in common.
    """
    first = max(before.as_of, after.as_of)
    last = min(before.last_day, after.last_day)
    if first > last:
        raise InputError("These forecasts have no day in common; compare closer ones.")
    key = ["invoice_id", "instalment", "currency"]
    sums = []
    for snapshot in (before, after):
        rows, cents = snapshot.view(adjusted=adjusted)
        inside = cents[:, first - snapshot.as_of : last - snapshot.as_of + 1].sum(axis=1)
        sums.append(rows[key].assign(cents=inside).groupby(key)["cents"].sum())
    both = revised_cents(*sums)
    table = both.groupby(level="currency").sum().reset_index()
    table = table.assign(starts_on=first, ends_on=last)
    return table[["currency", "starts_on", "ends_on", "before", "gone", "new", "revised", "after"]]


def _n(name: str) -> int:
    return int(name.rpartition("-")[2])


def _damaged(name: str, file: str) -> StoreError:
    return StoreError(
        f"The file {file} of forecast {name} is missing or damaged; restore it from a backup."
    )


def _parquet(table: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    table.to_parquet(out, index=False, compression="zstd")
    return out.getvalue()


def _kept(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o400)


def day_columns(as_of: int, cents: Cents) -> pd.DataFrame:
    """(n, h + 2) cents as a frame: one column a day in ISO, then beyond, then never."""
    days = [iso(as_of + d) for d in range(cents.shape[1] - 2)]
    return pd.DataFrame(cents, columns=[*days, "beyond", "never"])


def revised_cents(before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """Two sums of cents by the same keys, and their difference as what is gone, new and revised.

    gone and new: keys that only one of the two has; after = before + gone + new + revised.
    """
    both = pd.concat([before, after], axis=1, keys=["before", "after"])
    gone, new = both["after"].isna(), both["before"].isna()
    both = both.fillna(0).astype("int64")
    both["gone"] = -both["before"].where(gone, 0)
    both["new"] = both["after"].where(new, 0)
    both["revised"] = (both["after"] - both["before"]).where(~gone & ~new, 0)
    return both
