"""The plain files of a company as rows of Python, read for a second opinion by nothing of ours."""

from __future__ import annotations

import csv
import datetime as dt
import tomllib
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

Row = dict[str, Any]
"""A row of a file: days as numbers since 1970 or None, money as whole minor units or None."""

EPOCH = dt.date(1970, 1, 1).toordinal()
DAYS = frozenset(
    (
        "delivered_on",
        "due_on",
        "happened_on",
        "issued_on",
        "recorded_on",
        "refers_on",
        "requested_on",
        "valid_on",
    )
)
MONEY = frozenset(("amount", "credit_amount"))
TABLES = (
    "aliases",
    "allocations",
    "attributes",
    "credits",
    "customers",
    "events",
    "invoices",
    "rates",
)


def day_of(text: str) -> int | None:
    """Days since 1970 of an ISO date; None for an empty text."""
    return dt.date.fromisoformat(text).toordinal() - EPOCH if text else None


def minor(text: str) -> int | None:
    """Minor units of a decimal amount (two places); None for an empty text."""
    return int(Decimal(text) * 100) if text else None


def half_even(exact: Fraction) -> int:
    """The whole number nearest to an exact one, the even one of two."""
    return round(exact)


class PlainFacts:
    """Every file of a folder as lists of rows, and the policy as it is written."""

    def __init__(self, folder: Path) -> None:
        """folder: as `whole_company` writes it."""
        self.policy = tomllib.loads((folder / "policy.toml").read_text(encoding="utf-8"))
        self.tables = {name: _rows(folder / f"{name}.csv") for name in TABLES}

    def known(
        self, table: str, evening: int, known_before: int, clock: str | None = "happened_on"
    ) -> list[Row]:
        """Rows recorded before a morning that had happened by an evening; clock None: whenever."""
        return [
            row
            for row in self.tables[table]
            if row["recorded_on"] < known_before and (clock is None or row[clock] <= evening)
        ]


def _rows(path: Path) -> list[Row]:
    if not path.exists():  # a table without rows has no file
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows: list[Row] = []
        for line in csv.DictReader(file):
            row: Row = dict(line)
            for name in DAYS & row.keys():
                row[name] = day_of(row[name])
            for name in MONEY & row.keys():
                row[name] = minor(row[name])
            rows.append(row)
    return rows


def by(rows: list[Row], *names: str) -> dict[Any, list[Row]]:
    """Rows by the values of some columns, each group in the order of the file."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        key = row[names[0]] if len(names) == 1 else tuple(row[name] for name in names)
        groups[key].append(row)
    return groups
