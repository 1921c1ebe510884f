"""Control totals: what a file's rows add up to, and where that money stands afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from payrisk.ledger.facts.tables import Tables
from payrisk.ledger.importing.reading import documents
from payrisk.ledger.importing.reading.rows import Rows

CentsByCurrency = dict[tuple[str, str], int]
"""Minor units by (table, currency); Python integers, which no file can overflow."""

AMOUNTS = (
    "in_amount",
    "ledger_amount",
    "quarantined_amount",
    "left_out_amount",
    "difference_amount",
)
"""The columns of `ControlTotals.against` that hold minor units."""


@dataclass(frozen=True)
class ControlTotals:
    """What a source's rows say in minor units: all of them, those set aside, those left out."""

    rows: CentsByCurrency = field(default_factory=dict)
    quarantined: CentsByCurrency = field(default_factory=dict)
    left_out: CentsByCurrency = field(default_factory=dict)

    def __add__(self, other: ControlTotals) -> ControlTotals:
        return ControlTotals(
            _sum(self.rows, other.rows),
            _sum(self.quarantined, other.quarantined),
            _sum(self.left_out, other.left_out),
        )

    def against(self, tables: Tables, ledger: Tables) -> pd.DataFrame:
        """In = ledger + quarantined + left out, by table and currency; the difference must be 0.

        tables: what was read. ledger: where it now stands; its rows are found by their ids.
        Amounts in cents.
        """
        stands = {}
        for name, key in (
            ("invoices", ["invoice_id", "instalment"]),
            ("credits", ["credit_id"]),
        ):
            if name in tables:
                stands.update(_standing(name, key, tables[name], ledger[name]))
        keys = sorted({*self.rows, *stands, *self.quarantined, *self.left_out})
        lines = [
            {
                "table": table,
                "currency": currency,
                "in_amount": self.rows.get((table, currency), 0),
                "ledger_amount": stands.get((table, currency), 0),
                "quarantined_amount": self.quarantined.get((table, currency), 0),
                "left_out_amount": self.left_out.get((table, currency), 0),
            }
            for table, currency in keys
        ]
        frame = pd.DataFrame(lines, columns=["table", "currency", *AMOUNTS[:-1]])
        out = frame["ledger_amount"] + frame["quarantined_amount"] + frame["left_out_amount"]
        return frame.assign(difference_amount=frame["in_amount"] - out)


def control_totals_of(rows: Rows) -> ControlTotals:
    """The money of one file's rows, counted before anything is made of them."""
    if rows.table not in ("invoices", "credits"):
        return ControlTotals()
    aside = rows.has_money & ~rows.accepted & ~rows.left_out
    return ControlTotals(
        _cents(rows, rows.has_money),
        _cents(rows, aside),
        _cents(rows, rows.has_money & rows.left_out),
    )


def _cents(rows: Rows, which: np.ndarray) -> CentsByCurrency:
    frame = rows.frame[which]
    if rows.table == "credits":
        return total_cents("credits", frame)
    out: CentsByCurrency = {}
    for table, currency, cents in documents.document_amounts(frame):
        out = _sum(out, _by_currency(table, currency, cents))
    return out


def _standing(
    name: str, key: list[str], read: pd.DataFrame, ledger: pd.DataFrame
) -> CentsByCurrency:
    keys = read[[c for c in key if c in read]]
    if "instalment" in key and "instalment" not in keys:
        keys = keys.assign(instalment=1)
    standing = ledger.merge(keys, on=key, how="inner", validate="one_to_one")
    return total_cents(name, standing)


def total_cents(table: str, rows: pd.DataFrame) -> CentsByCurrency:
    """What the `amount` of some rows of a table comes to, by currency."""
    return _by_currency(table, rows["currency"], rows["amount"])


def _by_currency(table: str, currency: pd.Series, cents: pd.Series) -> CentsByCurrency:
    amounts = cents.to_numpy(dtype=np.int64)
    # Summed in two halves of 32 bits: 2**31 rows fit before either could overflow.
    halves = pd.DataFrame({"high": amounts >> 32, "low": amounts & (2**32 - 1)})
    sums = halves.groupby(currency.to_numpy(dtype=object)).sum()
    return {
        (table, str(code)): (int(high) << 32) + int(low)
        for code, high, low in zip(sums.index, sums["high"], sums["low"], strict=True)
    }


def _sum(
    left: Mapping[tuple[str, str], int], right: Mapping[tuple[str, str], int]
) -> CentsByCurrency:
    return {key: left.get(key, 0) + right.get(key, 0) for key in {*left, *right}}
