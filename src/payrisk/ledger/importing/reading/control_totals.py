"""Control totals: what a file's rows add up to, and where that money stands afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import numpy as np
import pandas as pd

from payrisk.arrays import Flags
from payrisk.ledger.facts.tables import Tables
from payrisk.ledger.importing.reading import documents
from payrisk.ledger.importing.reading.cells import exponent
from payrisk.ledger.importing.reading.rows import Rows
from payrisk.ledger.importing.reading.totals.total_lines import FileTotal, cents_by_currency

ByCurrency = dict[tuple[str, str], int]
"""Rows or minor units by (table, currency); Python integers, which no file can overflow."""

UNREADABLE = "?"
"""The currency of rows whose currency cannot be read."""

AMOUNTS = (
    "in_amount",
    "ledger_amount",
    "quarantined_amount",
    "left_out_amount",
    "difference_amount",
)
"""The columns of `ControlTotals.against` that always hold minor units or nothing."""


@dataclass(frozen=True)
class ControlTotals:
    """What a source's rows say in minor units, and how many of them could not be understood.

    rows, quarantined, left_out: minor units read in all rows, in those set aside, in those left
    out. n_rows, n_aside: rows in the files and those set aside, by the section's table.
    n_unreadable: those set aside whose amount could not be read: their money is unknown.
    largest: the largest amount read. file_totals: the files' own totals beside what was read.
    """

    rows: ByCurrency = field(default_factory=dict)
    quarantined: ByCurrency = field(default_factory=dict)
    left_out: ByCurrency = field(default_factory=dict)
    n_rows: ByCurrency = field(default_factory=dict)
    n_aside: ByCurrency = field(default_factory=dict)
    n_unreadable: ByCurrency = field(default_factory=dict)
    largest: ByCurrency = field(default_factory=dict)
    file_totals: tuple[FileTotal, ...] = ()

    def __add__(self, other: ControlTotals) -> ControlTotals:
        sums = {
            f.name: _sum(getattr(self, f.name), getattr(other, f.name))
            for f in fields(self)
            if f.name not in ("largest", "file_totals")
        }
        both = {*self.largest, *other.largest}
        largest = {k: max(self.largest.get(k, 0), other.largest.get(k, 0)) for k in both}
        return ControlTotals(
            **sums, largest=largest, file_totals=self.file_totals + other.file_totals
        )

    def compare_with_ledger(
        self,
        tables: Tables,
        ledger: Tables,
        before: Tables | None = None,
    ) -> pd.DataFrame:
        """In = ledger + quarantined + left out, by table and currency.

        tables: what was read. ledger: where it now stands, its rows found by their ids. before:
        the ledger's tables before (none at first): change is what the whole table gained, by
        documents, corrections and what balances let infer. The
        difference must be 0; where the amount of a row set aside could not be read, it and the
        quarantined amount are unknown (NA), and so is what came in where no row could be read.
        Amounts in minor units, as objects.
        """
        stands: ByCurrency = {}
        change: ByCurrency = {}
        for name, key in _KEYS:
            change.update(total_cents(name, ledger[name]))
            if before is not None:
                change = _sum(change, {k: -v for k, v in total_cents(name, before[name]).items()})
            if name in tables:
                stands.update(_standing(name, key, tables[name], ledger[name]))
        moved = {k for k, v in change.items() if v}
        return self._lines({*self.rows, *stands, *moved}, stands, change)

    def compare_with_list(
        self, stated: Mapping[str, int], now: Mapping[str, int], before: Mapping[str, int]
    ) -> pd.DataFrame:
        """The same of a list of open items: what it states beside what is open, by currency.

        stated, now, before: minor units by currency; what the list's documents state, what is
        open at its evening in the ledger after and before.
        """

        def net(cents: ByCurrency) -> ByCurrency:
            signed = [(c, v if t == "invoices" else -v) for (t, c), v in cents.items()]
            return {(_OPEN, c): sum(v for d, v in signed if d == c) for c, _ in signed}

        def named(cents: Mapping[str, int]) -> ByCurrency:
            return {(_OPEN, currency): v for currency, v in cents.items()}

        aside, left_out = net(self.quarantined), net(self.left_out)
        unread = {k: n for k, n in self.n_unreadable.items() if k[0] in _MONEY_TABLES}
        counts: ByCurrency = {}
        for (_, currency), n in unread.items():
            counts = _sum(counts, {(_OPEN, currency): n})
        whole = ControlTotals(
            _sum(_sum(named(stated), aside), left_out), aside, left_out, n_unreadable=counts
        )
        known = named(before)
        change = _sum(named(now), {key: -v for key, v in known.items()})
        return whole._lines({*whole.rows, *known, *change}, named(now), change)

    def when_nothing_accepted(self) -> pd.DataFrame:
        """The same where nothing of it was kept: all that came in stands aside."""
        whole = ControlTotals(self.rows, self.rows, n_unreadable=self.n_unreadable)
        return whole._lines(set(self.rows), {}, {})

    def _lines(
        self,
        keys: set[tuple[str, str]],
        stands: ByCurrency,
        change: ByCurrency,
    ) -> pd.DataFrame:
        lines = []
        unread = {
            key for key, n in self.n_unreadable.items() if n and key[0] in (*_MONEY_TABLES, _OPEN)
        }
        for key in sorted({*keys, *self.quarantined, *self.left_out, *unread}):
            n = self.n_unreadable.get(key, 0)
            came_in, aside = self.rows.get(key, 0), self.quarantined.get(key, 0)
            left_out = self.left_out.get(key, 0)
            rest = came_in - stands.get(key, 0) - aside - left_out
            lines.append(
                {
                    "table": key[0],
                    "currency": key[1],
                    "in_amount": pd.NA if n and not came_in else came_in,
                    "ledger_amount": stands.get(key, 0),
                    "change_amount": change.get(key, 0),
                    "quarantined_amount": pd.NA if n else aside,
                    "left_out_amount": left_out,
                    "difference_amount": pd.NA if n else rest,
                    "unreadable_rows": n,
                }
            )
        columns = ["table", "currency", *AMOUNTS[:2], "change_amount", *AMOUNTS[2:]]
        return pd.DataFrame(lines, columns=[*columns, "unreadable_rows"], dtype=object)


_KEYS = (("invoices", ["invoice_id", "instalment"]), ("credits", ["credit_id"]))
_MONEY_TABLES = tuple(name for name, _ in _KEYS)
_OPEN = "open items"


def control_totals_of(rows: Rows) -> ControlTotals:
    """The money of one file's rows, counted before anything is made of them."""
    aside = ~rows.accepted & ~rows.left_out
    n_ragged = rows.n_rows - len(rows.frame)
    if rows.table not in _MONEY_TABLES:
        key = (rows.table, "")
        counts = {key: rows.n_rows}, {key: int(aside.sum()) + n_ragged}
        return ControlTotals(n_rows=counts[0], n_aside=counts[1])
    # A row of the wrong number of cells says nothing: neither currency nor amount.
    ragged: ByCurrency = {(rows.table, UNREADABLE): n_ragged} if n_ragged else {}
    unread = _counts(rows, aside & ~rows.has_money, rows.table)
    if rows.table == "invoices":
        unread = _sum(unread, _counts(rows, aside & rows.has_money & ~rows.has_payment, "credits"))
    return ControlTotals(
        rows=_cents(rows, rows.has_money),
        quarantined=_cents(rows, rows.has_money & aside),
        left_out=_cents(rows, rows.has_money & rows.left_out),
        n_rows=_sum(_counts(rows, np.ones(len(aside), dtype=bool), rows.table), ragged),
        n_aside=_sum(_counts(rows, aside, rows.table), ragged),
        n_unreadable=_sum(unread, ragged),
        largest=_largest(rows),
        file_totals=rows.file_totals,
    )


def quarantined_later(table: str, rows: pd.DataFrame) -> ControlTotals:
    """What rows of a table add to those set aside, when they were accepted at first."""
    counts = rows["currency"].astype(object).value_counts()
    n_aside = {(table, str(code)): int(n) for code, n in counts.items()}
    return ControlTotals(quarantined=total_cents(table, rows), n_aside=n_aside)


def _currencies(rows: Rows) -> pd.Series:
    """(n,) the currency of each row, UNREADABLE where it is none."""
    codes = rows.frame["currency"].astype(object)
    named = {code for code in codes.dropna().unique() if exponent(str(code)) is not None}
    return codes.where(codes.isin(named), UNREADABLE)


def _counts(rows: Rows, which: Flags, table: str) -> ByCurrency:
    counts = _currencies(rows)[which].value_counts()
    return {(table, str(code)): int(n) for code, n in counts.items()}


def _largest(rows: Rows) -> ByCurrency:
    frame = rows.frame[rows.has_money]
    amounts = frame["amount"].astype("int64").abs().groupby(frame["currency"].astype(object))
    return {(rows.table, str(code)): int(cents) for code, cents in amounts.max().items()}


def _cents(rows: Rows, which: np.ndarray) -> ByCurrency:
    if not which.any():
        return {}
    frame = rows.frame[which]
    if rows.table == "credits":
        return total_cents("credits", frame)
    out: ByCurrency = {}
    for table, currency, cents in documents.document_amounts(frame):
        out = _sum(out, _by_currency(table, currency, cents))
    return out


def _standing(name: str, key: list[str], read: pd.DataFrame, ledger: pd.DataFrame) -> ByCurrency:
    keys = read[[c for c in key if c in read]]
    if "instalment" in key and "instalment" not in keys:
        keys = keys.assign(instalment=1)
    standing = ledger.merge(keys, on=key, how="inner", validate="one_to_one")
    return total_cents(name, standing)


def total_cents(table: str, rows: pd.DataFrame) -> ByCurrency:
    """What the `amount` of some rows of a table comes to, by currency."""
    return _by_currency(table, rows["currency"], rows["amount"])


def _by_currency(table: str, currency: pd.Series, cents: pd.Series) -> ByCurrency:
    return {(table, code): total for code, total in cents_by_currency(currency, cents).items()}


def _sum(left: Mapping[tuple[str, str], int], right: Mapping[tuple[str, str], int]) -> ByCurrency:
    return {key: left.get(key, 0) + right.get(key, 0) for key in {*left, *right}}
