"""Random messy ledgers: every ordinary disorder of a real export, from a seed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.ledger import Ledger
from payrisk.ledger.facts.completing import with_defaults
from payrisk.ledger.facts.tables import Tables

START = 18_000

KINDS = ["payment"] * 6 + ["credit_note", "write_off", "offset", "withholding", "recovery"]


def messy_ledger(seed: int, n_invoices: int = 30) -> Ledger:
    """A checked ledger of `messy_tables`."""
    return Ledger.from_tables(messy_tables(seed, n_invoices))[0]


def messy_ledger_by_number(seed: int, n_invoices: int = 30) -> Ledger:
    """A messy ledger in which the instalments of a number are one customer's, of one seller."""
    tables = messy_tables(seed, n_invoices)
    invoices = tables["invoices"]
    first = invoices.groupby("invoice_id")[["customer_id", "entity_id"]].transform("first")
    year = (invoices["issued_on"] - START).groupby(invoices["invoice_id"]).transform(
        "first"
    ) + START
    kept = invoices.assign(**first, issued_on=year, due_on=invoices["due_on"].clip(lower=year))
    return Ledger.from_tables(tables | {"invoices": kept})[0]


def messy_tables(seed: int, n_invoices: int = 30) -> Tables:
    """Facts of a few customers in groups, two entities and three currencies.

    Parts, instalments, discounts, overpayment, prepayment, unlinked cash, reversals whole and in
    part, disputes, sales, extensions, recoveries, mergers, and much recorded late.
    """
    g = np.random.default_rng(seed)
    customers = [f"c{i}" for i in range(5)]
    issued = START + g.integers(0, 200, n_invoices)
    invoices = pd.DataFrame(
        {
            "invoice_id": [f"i{i - i % 7 % 2}" for i in range(n_invoices)],
            "instalment": [1 + i % 7 % 2 for i in range(n_invoices)],
            "customer_id": g.choice(customers, n_invoices),
            "entity_id": g.choice(["north", "south"], n_invoices),
            "issued_on": issued,
            "due_on": issued + g.choice([0, 10, 30, 60], n_invoices),
            "amount": g.integers(0, 500_000, n_invoices),
            "currency": g.choice(["EUR", "USD", "JPY"], n_invoices),
            "discount_rate": g.choice([0.0, 0.0, 0.02], n_invoices),
            "discount_days": 10,
            "recorded_on": issued + g.choice([0, 0, 0, 7], n_invoices),
        }
    )
    credits: list[tuple[object, ...]] = []
    links: list[tuple[object, ...]] = []
    events: list[tuple[object, ...]] = []
    for at, row in enumerate(invoices.itertuples()):
        left, day = row.amount, row.issued_on - int(g.choice([0, 0, 0, 12]))
        for part in range(int(g.integers(0, 4))):
            day += int(g.integers(0, 60))
            cents = int(left * g.choice([1.0, 0.998, 0.98, 0.5, 1.1])) + int(g.integers(0, 3))
            name, known = f"p{at}-{part}", day + int(g.choice([0, 0, 3]))
            kind, reason = str(g.choice(KINDS)), g.choice(["bad_debt", "goodwill"])
            who = (name, row.customer_id, row.entity_id, kind, reason)
            credits.append((*who, day, cents, row.currency, known))
            if g.random() < 0.85:
                matched = known + int(g.choice([0, 4]))
                share = cents if g.random() < 0.8 else cents // 2
                links.append((name, row.invoice_id, row.instalment, share, matched, matched))
                left = max(left - share, 0)
            if g.random() < 0.15:
                taken = None if g.random() < 0.5 else int(cents * 0.6)
                back = day + int(g.integers(1, 20))
                told = back + int(g.choice([0, 3]))
                events.append(("reversal", "credit", name, 1, back, told, None, taken))
        doc = ("invoice", row.invoice_id, row.instalment)
        if g.random() < 0.1:
            sold = row.issued_on + 20
            events.append(("sold", *doc, sold, sold + int(g.choice([0, 5])), None, None))
        if g.random() < 0.3:
            opened = row.issued_on + 5
            disputed = None if g.random() < 0.3 else int(g.integers(1, 300_000))
            events.append(("dispute_opened", *doc, opened, opened + 2, None, disputed))
            if g.random() < 0.5:
                closed = opened + int(g.integers(0, 150))
                events.append(("dispute_closed", *doc, closed, closed + 1, None, None))
        if g.random() < 0.2:
            moved, on = row.due_on + 25, row.issued_on + int(g.integers(0, 40))
            events.append(("due_date_change", *doc, on, on + int(g.choice([0, 2])), moved, None))
    if g.random() < 0.3:
        events.append(("insolvency", "customer", "c3", 1, START + 150, START + 155, None, None))
    named = ["kind", "subject_kind", "subject", "instalment", "happened_on", "recorded_on"]
    event_frame = pd.DataFrame(events, columns=[*named, "refers_on", "amount"])
    event_frame["event_id"] = [f"e{i}" for i in range(len(events))]
    who_columns = ["credit_id", "customer_id", "entity_id", "kind", "reason", "happened_on"]
    link_columns = ["credit_id", "invoice_id", "instalment", "amount"]
    return with_defaults(
        {
            "customers": pd.DataFrame(
                {
                    "customer_id": customers,
                    "name": customers,
                    "parent_id": ["c1", None, None, None, "c1"],
                    "country": "DE",
                    "recorded_on": START,
                }
            ),
            "aliases": pd.DataFrame(
                {"alias_id": ["c2"], "customer_id": ["c3"], "valid_on": [START + 90]}
            ),
            "invoices": invoices,
            "credits": pd.DataFrame(
                credits, columns=[*who_columns, "amount", "currency", "recorded_on"]
            ),
            "allocations": pd.DataFrame(
                links, columns=[*link_columns, "happened_on", "recorded_on"]
            ),
            "events": event_frame,
        }
    )
