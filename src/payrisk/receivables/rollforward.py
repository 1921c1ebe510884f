"""Rollforward: how the balance of one evening became that of another, line by line to the cent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER, iso
from payrisk.errors import InputError, LedgerError
from payrisk.ledger import Books, Ledger
from payrisk.ledger.facts.kinds import CREDIT_KINDS

KEYS = ("entity_id", "currency")

_CREDITED = {kind: f"{kind}s" for kind in CREDIT_KINDS} | {"recovery": "recoveries"}

LINES = (
    "opening",
    "corrections",
    "billed",
    *_CREDITED.values(),
    "reversals",
    "recovered_losses",
    "interest",
    "sold",
    "exchanged",
    "closing",
)
"""corrections: what is known now of the opening evening and was not then. recovered_losses: cash
on what had been written off. exchanged: what credits of another currency or entity paid."""

AMOUNTS = (*LINES, "unapplied", "open", "difference")


@dataclass(frozen=True)
class Rollforward:
    """The receivables of two evenings and what lies between them, a row an entity and currency.

    rows: minor units; opening + corrections + billed − credits of each kind + reversals + … =
    closing = open − unapplied, which is the control account; `difference` is 0 to the cent.
    """

    starts_on: int
    ends_on: int
    rows: pd.DataFrame

    @property
    def title(self) -> str:
        """Both evenings, in words."""
        return f"from the close of {iso(self.starts_on)} to that of {iso(self.ends_on)}"


def rollforward(ledger: Ledger, starts_on: int, ends_on: int, known_before: int) -> Rollforward:
    """Every line between two evenings, by facts recorded before `known_before`.

    The opening is what was known on the morning after it; what became known of it since is the
    line `corrections`. Raises InputError for an end before the start.
    """
    if ends_on < starts_on:
        raise InputError(
            f"A rollforward ends on or after the day it starts; {iso(ends_on)} is before"
            f" {iso(starts_on)}."
        )
    closing = _components(_books(ledger, ends_on, known_before))
    begun = _components(_books(ledger, starts_on, known_before))
    then = _components(_books(ledger, starts_on, min(starts_on + 1, known_before)))
    index = closing.index.union(begun.index).union(then.index)
    closing, begun, then = (f.reindex(index, fill_value=0) for f in (closing, begun, then))
    moved = closing - begun
    rows = moved.drop(columns=["net", "unapplied", "open"]).assign(
        opening=then["net"],
        corrections=begun["net"] - then["net"],
        closing=closing["net"],
        unapplied=closing["unapplied"],
        open=closing["open"],
    )
    total = rows[[c for c in LINES if c != "closing"]].sum(axis=1)
    rows = rows.assign(difference=total - rows["closing"])
    return Rollforward(starts_on, ends_on, rows[list(AMOUNTS)].reset_index())


def _books(ledger: Ledger, evening: int, known_before: int) -> Books | None:
    """The books of an evening; None before the first invoice."""
    try:
        return ledger.balance_at(evening, known_before)
    except LedgerError:
        return None


def _components(books: Books | None) -> pd.DataFrame:
    """What the net balance of one evening is made of, signed, by entity and currency."""
    moved = [line for line in LINES if line not in ("opening", "corrections", "closing")]
    columns = [*moved, "net", "unapplied", "open"]
    if books is None:
        index = pd.MultiIndex.from_arrays([[], []], names=list(KEYS))
        return pd.DataFrame(columns=columns, index=index, dtype="int64")
    p, arrays, tables = books.position, books.facts.arrays, books.facts.tables
    owed = np.where(p.is_issued, arrays.invoices.amount - p.applied, 0)
    sold = np.where(p.sold_on < NEVER, np.maximum(owed, 0), 0)
    by_invoice = pd.DataFrame(
        {
            "billed": np.where(p.is_issued, arrays.invoices.amount, 0),
            "recovered_losses": p.recovered,
            "sold": -sold,
            "exchanged": -p.applied - p.recovered,
            "net": owed - sold,
            "unapplied": p.excess,
            "open": np.maximum(owed, 0) - sold,
        }
    )
    credited = np.where(p.is_credited, arrays.credits.amount, 0) - p.stranded
    kinds = tables["credits"]["kind"].to_numpy(dtype=object)
    by_credit = pd.DataFrame(
        {line: np.where(kinds == kind, -credited, 0) for kind, line in _CREDITED.items()}
        | {
            "reversals": p.reversed * np.sign(arrays.credits.amount),
            "interest": p.interest,
            "exchanged": p.credit_used,
            "net": -p.unapplied,
            "unapplied": p.unapplied,
        }
    )
    parts = [
        frame.groupby([tables[name][key].to_numpy(dtype=object) for key in KEYS]).sum()
        for name, frame in (("invoices", by_invoice), ("credits", by_credit))
    ]
    whole = parts[0].reindex(columns=columns).add(parts[1].reindex(columns=columns), fill_value=0)
    return whole.fillna(0).astype("int64").rename_axis(list(KEYS))
