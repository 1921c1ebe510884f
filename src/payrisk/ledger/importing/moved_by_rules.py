"""Which rule of ours moved how many rows and cents of an import: what another reader may miss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from payrisk.arrays import Flags
from payrisk.calendar import NEVER
from payrisk.ledger.facts.completing import complete
from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.facts.references import invoice_rows, text_rows
from payrisk.ledger.facts.tables import TABLES, Tables
from payrisk.ledger.importing.reading.totals.total_lines import cents_by_currency

COLUMNS = ("rule", "currency", "rows", "amount")

Line = tuple[str, str, int, int | None]
"""A rule in words, the currency, rows, minor units; '' and None where no money is moved."""


def rule_effects(
    read: Tables, ledger: Mapping[str, pd.DataFrame], problems: Sequence[Problem], imported_on: int
) -> pd.DataFrame:
    """Rules that moved something of what was read: rule, currency, rows, amount (minor units).

    read: the tables as read. ledger: as they stand afterwards. An amount is that of the facts a
    rule moved to another day, account or kind; it is NA where the rule moves no money.
    """
    lines: list[Line] = []
    if len(read.get("invoices", ())):
        lines += _due_days(read["invoices"])
    if len(read.get("credits", ())):
        lines += _negative(read["credits"])
    if len(read.get("allocations", ())):
        lines += _linked(read, ledger)
    lines += _recorded_late(read, ledger, imported_on)
    lines += _extensions(read, ledger)
    lines += _undated(read.get("attributes"), imported_on)
    for code, rule in _PROBLEMS.items():
        n = sum(p.n for p in problems if p.code == code)
        lines += [(rule, "", n, None)] if n else []
    frame = pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)
    return frame.where(frame.notna(), pd.NA)


_PROBLEMS = {
    "exact_twin": "exact twins of an earlier row count once",
    "total_line": "total lines of the file are no documents",
    "converted_back": "converted amounts turned back at the mapping's rate",
    "float_noise": "float noise rounded to the minor unit",
    "currency_of_entity": "no currency: that of the entity",
}
"""Rules that a problem already counts, and that move no cents which another reader would not."""


def _lines(rule: str, rows: pd.DataFrame, hit: Flags, amount: str = "amount") -> Iterator[Line]:
    found = rows[hit]
    if not len(found):
        return
    counts = found["currency"].astype(object).value_counts()
    sums = cents_by_currency(found["currency"], found[amount].fillna(0).astype("int64"))
    for code in sorted(sums):
        yield rule, code, int(counts[code]), sums[code]


def _due_days(invoices: pd.DataFrame) -> Iterator[Line]:
    due = invoices["due_on"] if "due_on" in invoices else pd.Series(NEVER, index=invoices.index)
    without = (due == NEVER).to_numpy()
    none = np.zeros(len(invoices), dtype=bool)
    terms = invoices["terms"].notna().to_numpy() if "terms" in invoices else none
    rule = "no due day: made from the terms, else 30 days"
    yield from _lines(rule, invoices, without & terms)
    yield from _lines("no due day and no terms: 30 days after issue", invoices, without & ~terms)


def _negative(credits: pd.DataFrame) -> Iterator[Line]:
    if "reason" in credits:
        is_note = (credits["reason"] == "negative document").to_numpy(dtype=bool, na_value=False)
        yield from _lines("negative documents read as credit notes", credits, is_note)


def _linked(read: Tables, ledger: Mapping[str, pd.DataFrame]) -> Iterator[Line]:
    """Allocations of this source: prepayments, those matched later, those cut or not used up."""
    credits, invoices = ledger["credits"], ledger["invoices"]
    said = complete("allocations", read["allocations"])
    places = _places(said, credits, invoices)
    is_known = ((places["credit"] >= 0) & (places["invoice"] >= 0)).to_numpy()
    places = places[is_known]
    paying = credits.iloc[places["credit"]]
    links = places.assign(
        amount=said["amount"].to_numpy(dtype=np.int64)[is_known],
        currency=paying["currency"].to_numpy(dtype=object),
        received_on=paying["happened_on"].to_numpy(),
        issued_on=invoices["issued_on"].to_numpy()[places["invoice"]],
    )
    early = (links["received_on"] < links["issued_on"]).to_numpy()
    yield from _lines("prepayments linked from the issue of their invoice on", links, early)
    later = (links["happened_on"] > links["received_on"]).to_numpy() & ~early
    yield from _lines("credits count on their receipt, not when they were matched", links, later)
    kept = ledger["allocations"]
    stands = _places(kept, credits, invoices).assign(left=kept["amount"].to_numpy(dtype=np.int64))
    both = links.merge(stands, on=["credit", "invoice", "happened_on"])
    both["cut"] = both["amount"] - both["left"]
    is_cut = (both["cut"] > 0).to_numpy()
    yield from _lines("allocations cut to what their credit has", both, is_cut, "cut")
    used = links.groupby("credit", as_index=False)["amount"].sum()
    whole = credits.iloc[used["credit"]]
    used["currency"] = whole["currency"].to_numpy(dtype=object)
    used["rest"] = whole["amount"].to_numpy(dtype=np.int64) - used["amount"]
    rest = (used["rest"] > 0).to_numpy()
    yield from _lines("credits beyond their invoices: the rest is on account", used, rest, "rest")


def _places(links: pd.DataFrame, credits: pd.DataFrame, invoices: pd.DataFrame) -> pd.DataFrame:
    """Where the credit and the invoice of each allocation stand, -1 = nowhere, and its day."""
    return pd.DataFrame(
        {
            "credit": text_rows(links["credit_id"], credits["credit_id"]),
            "invoice": invoice_rows(links, invoices),
            "happened_on": links["happened_on"].to_numpy(),
        }
    )


def _recorded_late(
    read: Tables, ledger: Mapping[str, pd.DataFrame], imported_on: int
) -> Iterator[Line]:
    """Facts that count as known from this import on, though they happened earlier."""
    for name in ("invoices", "credits"):
        if not len(read.get(name, ())):
            continue
        table = TABLES[name]
        said = complete(name, read[name])[[*table.key, "recorded_on"]]
        said = said.rename(columns={"recorded_on": "said_on"})
        known_now = ledger[name][ledger[name]["recorded_on"] == imported_on]
        if not len(known_now):
            continue
        rows = known_now.merge(said, on=list(table.key))
        late = rows["said_on"] < imported_on
        rule = f"{name} of days already closed: known from this import on"
        yield from _lines(rule, rows, late.to_numpy())


def _extensions(read: Tables, ledger: Mapping[str, pd.DataFrame]) -> Iterator[Line]:
    """Extensions recorded on or after the day the invoice was due: it was late all the same."""
    if not len(read.get("events", ())):
        return
    events = complete("events", read["events"])
    moved = events[(events["kind"] == "due_date_change") & (events["subject"].notna())]
    columns = ["invoice_id", "instalment", "due_on", "amount", "currency"]
    invoices = ledger["invoices"][columns].rename(columns={"invoice_id": "subject"})
    rows = moved[["subject", "instalment", "recorded_on", "refers_on"]].merge(
        invoices, on=["subject", "instalment"]
    )
    late = (rows["recorded_on"] >= rows["due_on"]) & (rows["refers_on"] != rows["due_on"])
    rule = "extensions recorded when it was due already: the old due day stays"
    yield from _lines(rule, rows, late.to_numpy())


def _undated(attributes: pd.DataFrame | None, imported_on: int) -> Iterator[Line]:
    if attributes is None or not len(attributes):
        return
    same = (attributes["valid_on"] == imported_on) & (attributes["recorded_on"] == imported_on)
    n = int(np.count_nonzero(same))
    if n:
        yield "attributes without a day: valid from this import on, not earlier", "", n, None
