"""A made-up company known by its own books, and by its lists of open items alone."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from payrisk.calendar import NEVER, iso, month_end, weekday
from payrisk.ledger import Ledger
from payrisk.ledger.facts.completing import complete
from payrisk.ledger.facts.tables import Tables
from payrisk.ledger.importing.reading import load_preset
from payrisk.ledger.stored import storage
from payrisk.ledger.stored.partitions import read_part, write_part
from payrisk.money import decimal_text
from payrisk.simulate import simulate
from payrisk_pipelines.importing import import_files

MONTHS = 24
FRIDAY = 4
SPACINGS = ("weekly", "monthly")


def evenings(ledger: Ledger, spacing: str) -> list[int]:
    """Evenings of lists: every Friday, or the last day of every month."""
    days = np.arange(ledger.first_day + 31, ledger.last_day + 1)
    is_list = weekday(days) == FRIDAY if spacing == "weekly" else days == month_end(days)
    return [int(day) for day in days[is_list]]


def exact_company(folder: Path, customers: int, seed: int) -> Ledger:
    """The company as its own books know it; kept in the folder."""
    place = folder / f"lists-{customers}-{seed}-exact"
    if not place.exists():
        ledger, _ = Ledger.from_tables(simulate(customers, MONTHS, seed).tables)
        write_part(ledger.tables, place, 0)
    return read_part(place, 0)


def listed_company(folder: Path, customers: int, seed: int, spacing: str) -> Ledger:
    """The same company as its lists of open items tell it, each imported on its evening."""
    place = folder / f"lists-{customers}-{seed}-{spacing}"
    if not place.exists():
        exact = exact_company(folder, customers, seed)
        ledger = imported_lists(exact, evenings(exact, spacing))
        write_part(ledger.tables, place, 0)
    return read_part(place, 0)


def imported_lists(exact: Ledger, days: Sequence[int]) -> Ledger:
    """The ledger that the imports of lists of these evenings make in an empty home."""
    generic = load_preset("generic")
    with tempfile.TemporaryDirectory() as made:
        home = Path(made) / "home"
        for day in days:
            file = Path(made) / f"open-items-{iso(day)}.csv"
            open_items(exact, day).to_csv(file, index=False)
            import_files(home, file, generic, day, snapshot=day, accept_doubts="a benchmark")
            file.unlink()
        return storage.load(home)


def open_items(exact: Ledger, day: int) -> pd.DataFrame:
    """The list a department would export: what is open on an evening, with its balance.

    What counts as settled is cleared, with a discount or a tolerated rest booked.
    """
    rows = exact.balance_at(day).open_invoices()
    rows = rows[rows["residual"] > 0]
    cents = zip(rows["amount"], rows["residual"], rows["currency"], strict=True)
    money = [(decimal_text(a, code), decimal_text(r, code)) for a, r, code in cents]
    return pd.DataFrame(
        {
            "invoice_id": rows["invoice_id"],
            "instalment": rows["instalment"],
            "customer_id": rows["customer_id"],
            "customer_country": rows["country"],
            "entity_id": rows["entity_id"],
            "issued_on": [iso(int(issued)) for issued in rows["issued_on"]],
            "due_on": [iso(int(due)) for due in rows["original_due_on"]],
            "amount": [amount for amount, _ in money],
            "balance": [balance for _, balance in money],
            "currency": rows["currency"],
        }
    )


# -- the same lists, read otherwise --------------------------------------------------------------


def on_list_days(ledger: Ledger) -> Ledger:
    """Payments taken as made on the evening of the list that no longer has them."""
    credits = ledger.tables["credits"]
    return _redated(ledger, credits["happened_on"], credits["recorded_on"], dated=True)


def on_midpoints(ledger: Ledger) -> Ledger:
    """Payments taken as made halfway between the two lists."""
    credits = ledger.tables["credits"]
    known = credits["earliest_on"] < NEVER
    middle = (credits["earliest_on"] + credits["latest_on"]) // 2
    days = credits["happened_on"].where(~known, middle)
    return _redated(ledger, days, credits["recorded_on"], dated=True)


def blurred(exact: Ledger) -> Ledger:
    """Exact books in which a payment's day is known to the month only, from its last day on.

    It is booked by then, as on lists, which are true of their evening, and a list of balances at
    each month's end says that what is not paid then is open. A discount
    may be taken until a month later, or nobody who took it would have paid in time.
    """
    credits = exact.tables["credits"]
    last = pd.Series(month_end(credits["happened_on"].to_numpy()), credits.index)
    ledger = _redated(exact, last, last, dated=False)
    days = np.unique(month_end(np.arange(exact.first_day, exact.last_day - 30)))
    entities = exact.tables["entities"]["entity_id"]
    made = pd.MultiIndex.from_product([days, entities], names=["happened_on", "subject"])
    marks = made.to_frame(index=False)
    marks = marks.assign(
        event_id="blurred:" + marks.index.astype(str),
        kind="open_items_list",
        subject_kind="entity",
        reason="balances",
        recorded_on=marks["happened_on"],
    )
    events = pd.concat([exact.tables["events"], complete("events", marks)], ignore_index=True)
    invoices = exact.tables["invoices"]
    days = invoices["discount_days"]
    invoices = invoices.assign(discount_days=days.where(days == 0, days + 31))
    return Ledger.from_tables({**ledger.tables, "events": events, "invoices": invoices})[0]


def _redated(ledger: Ledger, days: pd.Series, recorded: pd.Series, *, dated: bool) -> Ledger:
    credits = ledger.tables["credits"]
    first = days.to_numpy().astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]")
    nothing = pd.Series(NEVER, credits.index)
    redated = credits.assign(
        happened_on=days,
        recorded_on=recorded,
        earliest_on=nothing if dated else first.astype(np.int64),
        latest_on=nothing if dated else days,
    )
    place = pd.Index(credits["credit_id"]).get_indexer(ledger.tables["allocations"]["credit_id"])
    links = ledger.tables["allocations"]
    moved = days.to_numpy() != credits["happened_on"].to_numpy()
    is_same = links["happened_on"].to_numpy() == credits["happened_on"].to_numpy()[place]
    day = np.where(is_same, days.to_numpy()[place], links["happened_on"].to_numpy())
    day = np.where(moved[place] & ~dated, np.maximum(day, days.to_numpy()[place]), day)
    links = links.assign(
        happened_on=day,
        recorded_on=links["recorded_on"] if dated else recorded.to_numpy()[place],
    )
    tables: Tables = {**ledger.tables, "credits": redated, "allocations": links}
    return Ledger.from_tables(tables)[0]
